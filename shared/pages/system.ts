// Is the set-up right?

import { checksOfDatabase, checksOfLine } from '../doctor/checks.ts'
import type { Finding } from '../doctor/finding.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { html } from '../text/html.ts'
import { table } from '../web/layout.ts'
import type { Page } from '../web/page.ts'

const slow = new Set(['rows', 'tables'])

export const doctor: Page = {
  path: '/doctor',
  title: 'Doctor',
  roles: ['administrator', 'operator'],
  menu: true,
  async show({ db }) {
    const findings: Finding[] = []
    // That of the pages is not what doctor looks for.
    await db.query('set local statement_timeout = 0')
    for (const check of [...checksOfDatabase, ...checksOfLine]) {
      if (slow.has(check.name)) continue
      await db.query('savepoint asked')
      try {
        const found = await check(db)
        findings.push(...(Array.isArray(found) ? found : [found]))
      } catch (error) {
        await db.query('rollback to savepoint asked')
        findings.push({ verdict: 'doubtful', what: `could not be asked in this role: ${sentenceFor(error)}` })
      }
    }
    const order = ['bad', 'doubtful', 'good']
    findings.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
    return {
      question: 'Is the set-up right, and what is to be done where it is not?',
      body: table(
        'Findings',
        findings,
        [
          {
            name: '',
            cell: ({ verdict }) =>
              html`<span class="${verdict === 'bad' ? 'bad' : verdict === 'good' ? 'good' : ''}"
                >${verdict === 'bad' ? '✗' : verdict === 'good' ? '✓' : '?'}<span> ${verdict}</span></span
              >`,
          },
          { name: 'what', cell: ({ what }) => what },
          { name: 'what to do', cell: ({ advice }) => advice },
        ],
        '',
      ),
    }
  },
}
