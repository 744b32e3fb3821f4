// Rows from before the database refused what they say: they stay until somebody edits them.

import { doubtful } from './finding.ts'
import type { Check, Finding } from './finding.ts'

export const rows: Check = async (db) => {
  const { rows: constraints } = await db.query<{ name: string; of_table: string; condition: string }>(
    `-- doctor: which constraints hold for edits only?
    select conname as name, conrelid::regclass::text as of_table, pg_get_expr(conbin, conrelid) as condition
    from pg_constraint
    where contype = 'c' and not convalidated
      and connamespace = (select relnamespace from pg_class where oid = to_regclass('paidcalls'))
      and conrelid <> to_regclass('paidcalls')
    order by conrelid::regclass::text, conname`,
  )
  const findings: Finding[] = []
  for (const { name, of_table, condition } of constraints) {
    // Both come from the catalog, quoted there.
    const { rows: against } = await db.query<{ count: number }>(
      `-- doctor: rows that would be refused today\nselect count(*)::integer as count from ${of_table} where not (${condition})`,
    )
    const count = against[0]?.count ?? 0
    if (count > 0)
      findings.push(
        doubtful(
          `rows of ${of_table} that would be refused today: ${count}`,
          `${name}: edit them so, in one statement.`,
        ),
      )
  }
  return findings
}
