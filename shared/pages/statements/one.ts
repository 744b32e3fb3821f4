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
import type { Mailer } from '../../notify/mail.ts'
import { statementLetter } from '../../statements/letter.ts'
import type { Done, Download, Page, Visit } from '../../web/page.ts'
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

/** `mailer`: undefined where no mail server is named. */
export const createStatement = (mailer: Mailer | undefined): Page => ({
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
    const mailed = await visit.ask<{ address: string; mailed_at: Date }>(
      `-- web: to whom it was mailed\nselect address, mailed_at from statement_mail where statement_id = $1 order by id desc limit 5`,
      [id],
    )
    const [payerNow] = await visit.ask<{ email: string }>(
      `-- web: where statements go\nselect email from client where id = $1`,
      [document.client_id],
    )
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
        ${mailed.map(({ address, mailed_at }) => html`<p>Mailed to ${address}, ${moment(mailed_at)}.</p>`)}
        ${
          status === 'issued' &&
          mailer &&
          html`<form method="post" class="fields">
            ${sent(person)}
            ${field({ name: 'address', label: 'Mail it with its PDF and all calls to', value: payerNow?.email ?? '', required: true })}
            <button name="do" value="mail" class="first">Mail it</button>
          </form>`
        }
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
    const document = await readDocument(database(visit), id)
    const { number } = document
    if (visit.form['do'] === 'mail') return mail(visit, mailer, document)
    const reason = (visit.form['reason'] ?? '').trim()
    if (reason === '') throw new Complaint('Why is missing: it stands on the credit.')
    if (number === null) throw new Complaint('A draft needs not be taken back.')
    await voidStatement(database(visit), number, reason)
    return { to: `/statements/${id}`, said: `${number} is void; the client's next statement credits it.` }
  },
})

type Document = Awaited<ReturnType<typeof readDocument>>

const mailMost = 20 * 1024 * 1024

/** As it stands in files, to an address; that it was taken is kept. */
async function mail(visit: Visit, mailer: Mailer | undefined, document: Document): Promise<Done> {
  const { ask, form } = visit
  const address = (form['address'] ?? '').trim()
  if (!mailer) throw new Complaint('No mail server is named: SMTP_URL.')
  if (document.status !== 'issued') throw new Complaint('Only what is issued is sent.')
  if (!/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address)) throw new Complaint(`"${address}" is no mail address.`)
  const attachments = []
  for (const kind of ['pdf', 'csv'] as const) {
    const parts: Buffer[] = []
    for await (const part of pieces(database(visit), document.id, kind)) parts.push(Buffer.from(part))
    attachments.push({ filename: `${nameOf(document)}.${kind}`, content: Buffer.concat(parts) })
  }
  // What is too large for a mail goes without its calls.
  const [pdf, calls] = attachments
  const all = [pdf, calls].filter((one) => one !== undefined)
  const fitting = all.reduce((sum, { content }) => sum + content.length, 0) > mailMost ? all.slice(0, 1) : all
  const { taken, said } = await mailer.send(
    address,
    `statement-${document.id}-${Date.now()}`,
    statementLetter(document),
    fitting,
  )
  if (!taken) throw new Complaint(`The mail server did not take it: ${said}`)
  await ask(
    `-- web: it was mailed\ninsert into statement_mail (statement_id, address, answer) values ($1, $2, left($3, 500))`,
    [document.id, address, said],
  )
  return { to: `/statements/${document.id}`, said: `Mailed to ${address}.` }
}

export const statementFiles: readonly Download[] = kinds.map(([kind, type]) => ({
  ...{ path: `/statements/:id/${kind}`, roles, type },
  file: async (visit) => `${nameOf(await readDocument(database(visit), idOf(visit)))}.${kind}`,
  pieces: (visit) => pieces(database(visit), idOf(visit), kind),
}))
