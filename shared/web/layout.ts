// What stands around every page: head, menu, message, foot; and the tables on them. Pure.

import { Html, html, phrase } from '../text/html.ts'
import type { Piece, Phrase } from '../text/html.ts'
import type { Page, Shown } from './page.ts'
import type { Person } from './person.ts'

interface Around {
  shown: Shown
  page: Page
  pages: readonly Page[]
  person: Person
  said: string | null
}

export function layout({ shown, page, pages, person, said }: Around): Html {
  const menu = pages.filter(({ menu, roles }) => menu && roles.includes(person.role))
  const title = shown.title ?? phrase(page.title)
  return document(
    title,
    person.language,
    html`<header>
        <a class="brand" href="/">paidcalls</a>
        <nav aria-label="paidcalls">
          ${menu.map(
            ({ path, title }) =>
              html`<a href="${path}" ${path === page.path ? html`aria-current="page"` : ''}
                >${phrase(title)}</a
              >`,
          )}
        </nav>
        <form method="post" action="/logout" class="who">
          ${sent(person)}
          <a href="/me">${person.name}</a>
          <button>Log out</button>
        </form>
      </header>
      <main>
        <h1>${title}</h1>
        <p class="question">${phrase(shown.question)}</p>
        ${said && html`<p class="said" role="status">${phrase(said)}</p>`} ${shown.body}
      </main>
      <footer>Times are those of ${person.time_zone}.</footer>`,
    shown.script,
  )
}

export function document(title: string | Phrase, language: string, body: Html, script?: string): Html {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · paidcalls</title>
        <link rel="stylesheet" href="/style.css" />
        ${script !== undefined && html`<script src="/${script}.js" defer></script>`}
      </head>
      <body>
        ${body}
      </body>
    </html>`
}

/** What every form that is sent carries: the token of the session, and what it is about. */
export function sent(person: Person, about: Readonly<Record<string, string | number>> = {}): Html {
  return html`${Object.entries({ csrf: person.csrf, ...about }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )}`
}

/** A text of several lines; how far each is set in stays, where it stands in a pre. */
export const linesOf = (text: string): Piece =>
  text
    .split('\n')
    .map((line, at) => [
      at > 0 && html`<br />`,
      new Html([' '.repeat(line.search(/\S|$/))]),
      phrase(line.trim()),
    ])

export interface Column<Row> {
  name: string
  cell: (row: Row) => Piece
  right?: boolean
}

/** Rows as a table that scrolls by itself on a small screen; a sentence when there are none. */
export function table<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  none: string,
): Html {
  if (rows.length === 0) return html`<p class="none">${phrase(none)}</p>`
  const side = ({ right }: Column<Row>): Piece => right === true && html`class="right"`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${phrase(caption)}">
    <table>
      <caption>
        ${phrase(caption)}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${side(column)}>${phrase(column.name)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column) => html`<td ${side(column)}>${column.cell(row)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** Columns of rows as the database gave them, under the names it gave them. */
export function plainTable(
  caption: string,
  rows: readonly Record<string, unknown>[],
  none: string,
  right: readonly string[] = [],
): Html {
  return table(
    caption,
    rows,
    Object.keys(rows[0] ?? {}).map((name) => ({
      name: name.replaceAll('_', ' '),
      cell: (row: Record<string, unknown>) => cellText(row[name]),
      right:
        right.includes(name) ||
        rows.every((row) => row[name] === null || /^-?[\d.,]+ ?%?$/.test(cellText(row[name]))),
    })),
    none,
  )
}

/** A value of the database as it is shown. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export interface Field {
  name: string
  label: string
  value?: string | null | undefined
  type?: 'text' | 'email' | 'number' | 'date' | 'password' | 'new password' | 'search'
  /** What may be chosen; undefined: anything is entered. */
  options?: readonly { value: string; text: string | Phrase }[] | undefined
  required?: boolean
  /** What it means, below it. */
  note?: string | null | undefined
  /** Of several lines. */
  lines?: boolean
}

/** A field with its label. */
export function field({
  name,
  label,
  value,
  type = 'text',
  options,
  required = false,
  note,
  lines,
}: Field): Html {
  const must = required && html`required`
  const input = options
    ? html`<select name="${name}" ${must}>
        ${options.map((option) => html`<option value="${option.value}" ${option.value === (value ?? '') && html`selected`}>${option.text}</option>`)}
      </select>`
    : lines === true
      ? html`<textarea name="${name}" ${must}>${linesIn(value ?? '')}</textarea>`
      : html`<input
          name="${name}"
          type="${type === 'new password' ? 'password' : type}"
          value="${value ?? ''}"
          ${must}
          ${type === 'password' && html`autocomplete="current-password"`}
          ${type === 'new password' && html`autocomplete="new-password"`}
        />`
  return html`<label>${phrase(label)} ${input} ${note && html`<small>${phrase(note)}</small>`}</label>`
}

/** Line ends stay, within a field. */
const linesIn = (text: string): Piece =>
  text.split('\n').map((line, at) => [at > 0 && new Html(['\n']), line])
