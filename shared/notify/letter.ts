// A letter: what a mail says, as plain text and as HTML that mail programs show. Whatever others wrote is text in it, never markup. Pure.

import { html } from '../text/html.ts'
import type { Html } from '../text/html.ts'
import { printable } from '../text/printable.ts'
import { columns } from '../text/table.ts'

export interface Table {
  title: string
  rows: readonly Record<string, string>[]
  /** Columns set to the right. */
  right: readonly string[]
}

export interface Letter {
  subject: string
  heading: string
  lines: readonly string[]
  tables: readonly Table[]
  foot: string
}

const subjectMost = 160

/** One line without control characters: a subject cannot bring headers of its own. */
export function subjectLine(text: string): string {
  const line = printable(text)
  return line.length > subjectMost ? `${line.slice(0, subjectMost)}…` : line
}

export function asText({ heading, lines, tables, foot }: Letter): string {
  const shown = tables.filter(({ rows }) => rows.length > 0)
  return [
    printable(heading),
    '',
    ...lines.map(printable),
    ...shown.flatMap(({ title, rows, right }) => [
      '',
      printable(title),
      '',
      columns(rows, Object.fromEntries(right.map((name) => [name, 'right']))).trimEnd(),
    ]),
    '',
    printable(foot),
    '',
  ].join('\n')
}

const font = 'font-family:Helvetica,Arial,sans-serif;color:#1b1f24'
const cell = `${font};font-size:14px;padding:4px 12px 4px 0;border-bottom:1px solid #e3e6ea`

export function asHtml({ subject, heading, lines, tables, foot }: Letter): string {
  const shown = tables.filter(({ rows }) => rows.length > 0)
  return html`<!doctype html>
    <html>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${subject}</title>
      </head>
      <body style="margin:0;padding:24px;background:#ffffff">
        <h1 style="${font};font-size:20px;margin:0 0 12px">${heading}</h1>
        ${lines.map((line) => html`<p style="${font};font-size:14px;line-height:20px;margin:0 0 8px">${line}</p>`)}
        ${shown.map(tableHtml)}
        <p style="${font};font-size:12px;color:#6a737d;margin:24px 0 0">${foot}</p>
      </body>
    </html>`.text
}

// Mail programs know no style sheets.
function tableHtml({ title, rows, right }: Table): Html {
  const names = Object.keys(rows[0] ?? {})
  const side = (name: string): string => (right.includes(name) ? 'text-align:right' : 'text-align:left')
  return html`<h2 style="${font};font-size:16px;margin:24px 0 8px">${title}</h2>
    <table cellspacing="0" cellpadding="0" border="0">
      <tr>
        ${names.map((name) => html`<th style="${cell};color:#6a737d;font-weight:normal;${side(name)}">${name}</th>`)}
      </tr>
      ${rows.map(
        (row) =>
          html`<tr>
            ${names.map((name) => html`<td style="${cell};${side(name)}">${row[name]}</td>`)}
          </tr>`,
      )}
    </table>`
}
