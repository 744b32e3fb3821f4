// Whether everything that migrations make is there as they make it.

import { catalogOf, catalogWritten } from '../database/catalog.ts'
import { appliedMigrations, ownMigrations } from '../database/migrations.ts'
import { bad, good } from './finding.ts'
import type { Check, Finding } from './finding.ts'

const namedMost = 4

// What is said of the kinds of line in the catalog, and what mends them.
const kinds: Readonly<Record<string, readonly [wrong: string, mend: string]>> = {
  table: ['tables are missing', 'Restore them from a backup: what was in them is gone.'],
  view: ['views are missing', 'Run npm run migrate: it makes views anew.'],
  column: [
    'columns are missing',
    'Restore them from a backup, or run npm run migrate where they are a view’s.',
  ],
  index: [
    'indexes are missing or not valid',
    'Make them anew as their migration does (grep -r the name sql/migrations).',
  ],
  constraint: [
    'constraints are missing',
    'Make them anew as their migration does (grep -r the name sql/migrations): without them rows come in that contradict each other.',
  ],
  trigger: [
    'triggers are missing or disabled',
    'alter table … enable trigger …: without it edits heal no calls and are not in the log.',
  ],
  function: [
    'functions are missing or were changed',
    'Make them anew as the last migration that names them does.',
  ],
  right: ['rights are missing', 'Run npm run migrate as the owner: it grants them anew.'],
}

/** Compares with what the migrations of this program make; a database that has seen others is not compared. */
export const made: Check = async (db) => {
  const applied = await appliedMigrations(db)
  const own = ownMigrations()
  if (applied?.size !== own.length || own.some(({ name }) => !applied.has(name))) return []
  const there = new Set(await catalogOf(db))
  const missing = catalogWritten().filter((line) => !there.has(line))
  // What went with its table need not be named as well.
  const tables = missing
    .filter((line) => line.startsWith('table '))
    .map((line) => line.slice('table '.length))
  const besides = missing.filter(
    (line) => line.startsWith('table ') || !tables.some((table) => new RegExp(`\\b${table}\\b`).test(line)),
  )
  if (besides.length === 0) return [good('everything that migrations make is there')]
  return Object.entries(kinds).flatMap(([kind, [wrong, mend]]): Finding[] => {
    const names = besides.filter((line) => line.startsWith(`${kind} `)).map((line) => nameIn(line, kind))
    if (names.length === 0) return []
    const more = names.length > namedMost ? ` and ${names.length - namedMost} more` : ''
    return [bad(`${wrong}: ${names.slice(0, namedMost).join(', ')}${more}`, mend)]
  })
}

/** Without the kind, and without the mark of a function's text. */
function nameIn(line: string, kind: string): string {
  const name = line.slice(kind.length + 1)
  return kind === 'function' ? name.slice(0, name.lastIndexOf(' ')) : name
}
