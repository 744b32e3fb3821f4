// Price lists that were loaded into a plan; the last can be taken back.

import { loadsOf, undoDeck } from '../../decks/undo.ts'
import { html } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { sent, table } from '../../web/layout.ts'
import type { Done, Visit } from '../../web/page.ts'

const shownMost = 12

export async function loads(tarifnum: number, { db, person }: Visit): Promise<Html> {
  const rows = await loadsOf(db, tarifnum, shownMost)
  const moment = momentIn(person.time_zone)
  const last = rows.find(({ undone_at }) => undone_at === null)
  return html`${table(
    'Lists that were loaded',
    rows,
    [
      { name: 'loaded', cell: ({ loaded_at }) => moment(loaded_at) },
      { name: 'by', cell: ({ loaded_by }) => loaded_by },
      { name: 'file', cell: ({ file }) => file },
      { name: 'from', cell: ({ from_at }) => moment(new Date(from_at)) },
      { name: 'codes', cell: ({ codes }) => codes, right: true },
      {
        name: 'undone',
        cell: ({ undone_at, undone_by }) => undone_at && `${moment(undone_at)} ${undone_by ?? ''}`,
      },
    ],
    'None yet.',
  )}
  ${
    last &&
    html`<form method="post" class="fields">
      ${sent(person, { load: last.id })}
      <button name="do" value="undo">Undo: ${last.file}</button>
    </form>`
  }`
}

/** The list shown as the last, and no other that came meanwhile. */
export async function undoLoad(tarifnum: number, { db, form }: Visit): Promise<Done> {
  const said: string[] = []
  await undoDeck(db, { tarifnum, dryRun: false, load: form['load'] ?? '' }, (line) => said.push(line))
  return { to: `/tariffs/${tarifnum}`, said: `${said.at(-1) ?? ''}.` }
}
