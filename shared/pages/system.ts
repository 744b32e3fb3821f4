// Is every exchange read, is the set-up right, and what would a call cost?

import { checksOfDatabase, checksOfLine } from '../doctor/checks.ts'
import type { Finding } from '../doctor/finding.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { html } from '../text/html.ts'
import { plainTable, table } from '../web/layout.ts'
import type { Page } from '../web/page.ts'

export const sources: Page = {
  path: '/sources',
  title: 'sources',
  roles: ['administrator', 'operator'],
  menu: true,
  async show({ ask, person }) {
    const rows = await ask<Record<string, unknown>>(
      `-- web: exchanges\nselect source, state, failure, lag::text, to_char(last_record_at at time zone $1, 'YYYY-MM-DD HH24:MI:SS') as last_record, records::text, rejected::text, left_out::text, remark from sources`,
      [person.time_zone],
    )
    const speed = await ask<Record<string, unknown>>(
      '-- web: processes\nselect stage, host, pid::text, lanes::text, calls::text, per_second::text, silent_since::text from workers',
    )
    return {
      question: 'Is every exchange read, how far behind is it, and who is at work?',
      body: html`${plainTable('Exchanges', rows, `There is no exchange yet. It is a row of table source (name, time_zone, country), then SOURCE=office and CDR_URL=csv:///var/log/asterisk/cdr-csv/Master.csv in .env, and npm run import -- --check.`)}
      ${plainTable('Processes', speed, 'No process is at work.')}`,
    }
  },
}

const slow = new Set(['rows', 'tables'])

export const doctor: Page = {
  path: '/doctor',
  title: 'doctor',
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
