// Figures as tables: the median of several runs, and how far they lie apart.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

import type { Database } from '../../shared/database/connect.ts'

export interface Part {
  title: string
  /** What was done, so that a sceptic can do it again. */
  how: string
  columns: readonly string[]
  rows: readonly (readonly string[])[]
  notes?: readonly string[]
  /** Comes out the same each time. */
  isExact?: boolean
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2
}

/** 1,234 (1,100–1,300): median, least and most. */
export function spread(figures: readonly number[], digits = 0): string {
  if (figures.length === 0 || figures.some(Number.isNaN)) return '–'
  const written = (figure: number): string =>
    figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (figures.length === 1) return written(figures[0] ?? NaN)
  return `${written(median(figures))} (${written(Math.min(...figures))}–${written(Math.max(...figures))})`
}

export function markdown(part: Part): string {
  const widths = part.columns.map((column, at) =>
    Math.max(column.length, ...part.rows.map((row) => row[at]?.length ?? 0), 3),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`
  const table = [
    line(part.columns),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...part.rows.map(line),
  ]
  return [`## ${part.title}`, part.how, table.join('\n'), ...(part.notes ?? [])].join('\n\n')
}

export async function machine(db: Database): Promise<string> {
  const { rows } = await db.query<{ version: string }>(`select current_setting('server_version') as version`)
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  return [
    `${availableParallelism()} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `Node ${process.versions.node}, PostgreSQL ${rows[0]?.version ?? '?'}, everything on one machine`,
  ].join('; ')
}

const opening = `# Benchmarks

What \`npm run bench\` measured last, part by part; run it again to compare. A figure is the median of interleaved runs, with the least and
the most in brackets. On other machines compare the ratios, which were measured within one run; the rates follow the machine.
`

/** Puts the text of a part in the place of what stood there. */
export function keep(document: string, name: string, text: string): void {
  const before = existsSync(document) ? readFileSync(document, 'utf8') : opening
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const section = `${from}\n\n${text}\n\n${to}`
  const at = before.indexOf(from)
  const after =
    at < 0
      ? `${before.trimEnd()}\n\n${section}\n`
      : before.slice(0, at) + section + before.slice(before.indexOf(to) + to.length)
  writeFileSync(document, after)
}
