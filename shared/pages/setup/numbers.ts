// Numbers: whose each is, one by one or pasted.

import { parse } from 'csv-parse/sync'

import { Complaint } from '../../errors/complaint.ts'
import { html, phrase, withQuery } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { field, sent, table } from '../../web/layout.ts'
import type { Page, Visit } from '../../web/page.ts'
import { choicesOf } from '../tables/choices.ts'

interface OwnedRow {
  id: number
  callerid: string
  kind: string
  client_id: number
  client: string
  source: string | null
  since: Date | null
  until: Date | null
}

const pageMost = 100
const pastedMost = 20_000
const kinds = ['number', 'accountcode', 'peer', 'did'] as const

const ownedQuery = `-- web: whose numbers
select owned.id, callerid, kind, client.id as client_id, client.name as client, source.name as source, lower(valid) as since, upper(valid) as until
from callerid owned join client on client.id = client_id left join source on source.id = owned.source_id
where owned.id > $1 and ($2 = '' or callerid like $2 || '%' or callerid like '+' || $2 || '%' or client.name ilike '%' || $2 || '%') and (upper_inf(valid) or upper(valid) > now())
order by owned.id limit ${pageMost + 1}`

/** A line of what was pasted: number, client, and of which kind if it is no caller's number. */
function pasted(text: string): { callerid: string; client: string; kind: string }[] {
  const separator = text.includes('\t') ? '\t' : text.includes(';') ? ';' : ','
  let lines: string[][]
  try {
    lines = parse(text, {
      delimiter: separator,
      skip_empty_lines: true,
      trim: true,
      relax_column_count: true,
    })
  } catch (error) {
    throw new Complaint(`These lines cannot be read: ${error instanceof Error ? error.message : ''}.`)
  }
  if (lines.length > pastedMost) throw new Complaint(`${pastedMost} lines at a time, please.`)
  const isHeader = (cells: string[]): boolean => /^(caller|number|callerid|phone|номер)/i.test(cells[0] ?? '')
  return lines
    .filter((cells, at) => at > 0 || !isHeader(cells))
    .map((cells, at) => {
      const [callerid = '', client = '', kind = 'number'] = cells
      if (callerid === '' || client === '')
        throw new Complaint(`Line ${at + 1} needs a number and a client: "${cells.join(separator)}".`)
      if (!kinds.some((known) => known === (kind || 'number')))
        throw new Complaint(`Line ${at + 1}: ${kind} is no kind; ${kinds.join(', ')} are.`)
      return { callerid, client, kind: kind || 'number' }
    })
}

export const numbers: Page = {
  path: '/numbers',
  title: 'Numbers',
  roles: ['administrator', 'operator'],
  senders: ['administrator'],
  menu: true,
  async show(visit) {
    const { ask, query, person } = visit
    const sought = (query['q'] ?? '').trim().replace(/^\+/, '')
    const rows = await ask<OwnedRow>(ownedQuery, [Number(query['after'] ?? 0) || 0, sought])
    const moment = momentIn(person.time_zone)
    const last = rows[pageMost - 1]
    const isAdministrator = person.role === 'administrator'
    return {
      question: 'By what are calls recognised as whose?',
      body: html`<form class="fields" method="get">
          ${field({ name: 'q', label: 'Begins with, or of the client', value: sought, type: 'search' })}
          <button class="first">Search</button>
        </form>
        ${table(
          'Numbers',
          rows.slice(0, pageMost),
          [
            { name: 'number', cell: ({ id, callerid }) => html`<a href="/numbers/${id}">${callerid}</a>` },
            { name: 'kind', cell: ({ kind }) => kind },
            { name: 'client', cell: ({ client, client_id }) => `${client} (${client_id})` },
            { name: 'only on', cell: ({ source }) => source },
            { name: 'since', cell: ({ since }) => since && moment(since) },
            { name: 'until', cell: ({ until }) => until && moment(until) },
            {
              name: '',
              cell: ({ id, until }) =>
                isAdministrator &&
                until === null &&
                html`<form method="post">
                  ${sent(person, { id })}<button name="do" value="end">Not any more</button>
                </form>`,
            },
          ],
          'Nobody owns such a number.',
        )}
        ${rows.length > pageMost && last && html`<p><a href="${withQuery('/numbers', { q: sought, after: String(last.id) })}">More</a></p>`}
        ${isAdministrator && (await forms(visit))}`,
    }
  },
  async send({ ask, form }) {
    if (form['do'] === 'end') {
      await ask(
        `-- web: a number that is given up\nupdate callerid set valid = tstzrange(lower(valid), now()) where id = $1::integer and upper_inf(valid)`,
        [form['id'] ?? ''],
      )
      return { to: '/numbers', said: 'Calls from now on are not theirs any more; those before stay.' }
    }
    if (form['do'] === 'own') {
      await ask(
        `-- web: own a number\ninsert into callerid (client_id, kind, callerid, valid) values ($1::integer, $2, $3, tstzrange(nullif($4, '')::timestamptz, null))`,
        [form['client'] || null, form['kind'] ?? 'number', (form['number'] ?? '').trim(), form['from'] ?? ''],
      )
      return { to: '/numbers', said: 'Done. Calls that waited for it go on.' }
    }
    const lines = pasted(form['lines'] ?? '')
    if (lines.length === 0) throw new Complaint('There is no line to read.')
    const [made] = await ask<{ clients: number; owned: number }>(
      `-- web: clients and their numbers, pasted
      with line as (
        select distinct on (kind, callerid) kind, callerid, client from json_to_recordset($1) as pasted (kind text, callerid text, client text)
      ), fresh as (
        insert into client (name, tarif_id)
        select distinct client, $2::integer from line where not exists (select from client known where known.name = line.client)
        returning id, name
      ), owned as (
        insert into callerid (client_id, kind, callerid)
        select coalesce(fresh.id, (select min(id) from client known where known.name = line.client)), kind, callerid from line left join fresh on fresh.name = line.client
        returning 1
      )
      select (select count(*) from fresh)::integer as clients, (select count(*) from owned)::integer as owned`,
      [JSON.stringify(lines), form['plan'] || null],
    )
    return {
      to: '/numbers',
      said: `${made?.owned ?? 0} numbers have an owner now; ${made?.clients ?? 0} clients are new.`,
    }
  },
}

async function forms(visit: Visit) {
  const { person } = visit
  return html`<h2>One number</h2>
    <form method="post" class="fields">
      ${sent(person)} ${field({ name: 'number', label: 'Number, account or channel', required: true })}
      ${field({
        name: 'kind',
        label: 'It is a',
        options: [
          { value: 'number', text: phrase("caller's number") },
          { value: 'accountcode', text: phrase('account code') },
          { value: 'peer', text: phrase('channel') },
          { value: 'did', text: phrase('called number of ours') },
        ],
      })}
      ${field({ name: 'client', label: 'of', options: await choicesOf(visit, 'client'), required: true })}
      ${field({ name: 'from', label: 'From this day on (UTC); empty: always', type: 'date' })}
      <button class="first" name="do" value="own">Theirs</button>
    </form>
    <h2>Many numbers</h2>
    <form method="post">
      ${sent(person)}
      <label
        >A line each: number, client, and number, accountcode, peer or did<textarea
          name="lines"
          required
          placeholder="+49 30 555100, Berlin sales"
        ></textarea>
      </label>
      <div class="fields">
        ${field({ name: 'plan', label: 'Clients that are new have the plan', options: await choicesOf(visit, 'tarifplan', phrase('none yet')) })}
        <button class="first" name="do" value="paste">Theirs</button>
      </div>
    </form>`
}
