// One statement: what stands on it, as what it is handed out, and taking it back.

import type { Database } from '../../database/connect.ts'
import { Complaint } from '../../errors/complaint.ts'
import { linesOf, readDocument } from '../../statements/document.ts'
import { nameOf, pieces } from '../../statements/files.ts'
import type { Kind } from '../../statements/files.ts'
import { voidStatement } from '../../statements/run.ts'
import { html, phrase } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { field, plainTable, sent } from '../../web/layout.ts'
import type { Download, Page, Visit } from '../../web/page.ts'
import type { Role } from '../../web/person.ts'

const roles: readonly Role[] = ['bookkeeper']
const shownMost = 500
const kinds: readonly [kind: Kind, type: string][] = [
  ['pdf', 'application/pdf'],
  ['csv', 'text/csv; charset=utf-8'],
  ['json', 'application/json'],
]

const idOf = ({ params }: Visit): number => {
  const id = params['id'] ?? ''
  if (!/^\d{1,15}$/.test(id)) throw new Complaint(`"${id}" is no statement.`)
  return Number(id)
}
const database = ({ db }: Visit): Database => db

export const statement: Page = {
  path: '/statements/:id',
  title: 'Statements',
  roles,
  menu: false,
  async show(visit) {
    const document = await readDocument(database(visit), idOf(visit))
    const { id, number, status, currency, payer, person } = { ...document, person: visit.person }
    const lines: Record<string, unknown>[] = []
    for await (const line of linesOf(database(visit), id, [
      'calls',
      'late',
      'correction',
      'fee',
      'burst',
      'tax',
      'rounding',
      'credit',
    ])) {
      if (lines.length === shownMost) break
      const { what, country, kind, description, calls, quantity, unit_price, at_master, saved, net } = line
      lines.push({
        what,
        country,
        kind,
        description,
        calls: calls === null ? null : String(calls),
        quantity,
        unit_price,
        at_master,
        saved,
        net,
      })
    }
    const moment = momentIn(person.time_zone)
    const sums = (
      [
        'at_master',
        'saved_by_plan',
        'saved_by_bundles',
        'paid',
        'late',
        'corrections',
        'fixed_fees',
        'bursts',
        'net',
        'tax',
        'rounding',
        'credits',
        'total',
      ] as const
    )
      .filter((name) => name === 'total' || Number(document[name]) !== 0)
      .map((name) => ({ '': name.replaceAll('_', ' '), [currency]: document[name] }))
    return {
      title: number ?? `Draft of ${document.first_day.slice(0, 7)}`,
      question: `What is billed to ${payer.name ?? ''} for ${document.first_day} to ${document.last_day}, and what was saved?`,
      body: html`<p>
          ${status === 'void' ? html`<strong class="bad">Void: ${document.reason}.</strong>` : status === 'draft' ? phrase('A draft: nothing is final yet.') : html`Issued ${document.issued_at && moment(document.issued_at)}, due ${document.due_at}.`}
          ${kinds.map(([kind]) => html`<a href="/statements/${id}/${kind}">${kind.toUpperCase()}</a> `)}
        </p>
        ${plainTable('Sums', sums, '')} ${plainTable('Lines', lines, 'There is no line.')}
        ${lines.length === shownMost && html`<p>And more: they are in the PDF.</p>`}
        ${
          status === 'issued' &&
          html`<form method="post" class="fields">
            ${sent(person)}
            ${field({ name: 'reason', label: 'Why; it stands on the credit', required: true })}
            <button name="do" value="void">Take it back</button>
          </form>`
        }`,
    }
  },
  async send(visit) {
    const id = idOf(visit)
    const { number } = await readDocument(database(visit), id)
    const reason = (visit.form['reason'] ?? '').trim()
    if (reason === '') throw new Complaint('Why is missing: it stands on the credit.')
    if (number === null) throw new Complaint('A draft needs not be taken back.')
    await voidStatement(database(visit), number, reason)
    return { to: `/statements/${id}`, said: `${number} is void; the client's next statement credits it.` }
  },
}

export const statementFiles: readonly Download[] = kinds.map(([kind, type]) => ({
  ...{ path: `/statements/:id/${kind}`, roles, type },
  file: async (visit) => `${nameOf(await readDocument(database(visit), idOf(visit)))}.${kind}`,
  pieces: (visit) => pieces(database(visit), idOf(visit), kind),
}))
