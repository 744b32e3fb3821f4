// Gives the prices of a plan out as a deck that can be loaded again, and the differences of two plans, as CSV.

import type pg from 'pg'

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { csvLine } from '../text/csv.ts'
import { grouped } from '../text/number.ts'
import { compare, deckRows, makeTables } from './difference.ts'
import { findPlan, leftAlone, momentIn, planInWords } from './plan.ts'
import { countsInWords } from './report.ts'

const pageRows = 5_000

/** Where lines of CSV go; resolves when more may follow. */
export type Write = (text: string) => Promise<void>
type Say = (line: string) => void

/** Writes the plan's own prices that hold at the moment, null for now. Loading them from that moment on changes nothing. */
export async function exportDeck(
  db: Database,
  tarifnum: number,
  at: string | undefined,
  write: Write,
  say: Say,
): Promise<void> {
  const plan = await findPlan(db, tarifnum)
  const moment = await momentIn(db, plan, at)
  const header = ['code', 'description', 'price', 'connect_fee', 'first_sec', 'step_sec', 'max_charge']
  const codes = await writePages(
    db,
    header,
    `-- deck: give prices out
    select code, case code when '' then '*' else code end, description, price::text, connect_fee::text, first_sec::text,
      step_sec::text, max_charge::text
    from tarif
    where tarifnum = $2 and (valid @> $3::timestamptz) is true and ${deckRows} and ($1::text is null or code > $1)
    order by tarif.code
    limit ${pageRows}`,
    [plan.tarifnum, moment.at],
    write,
  )
  say(`${grouped(codes)} prices of ${planInWords(plan)} on ${moment.words}`)
  const alone = await leftAlone(db, plan, moment)
  if (alone) say(`not among them: ${alone}`)
}

/** Writes every code whose price or terms differ between what the two plans, bases included, say at the moment. */
export async function diffPlans(
  db: Database,
  tarifnums: readonly [number, number],
  at: string | undefined,
  write: Write,
  say: Say,
): Promise<void> {
  const [one, other] = [await findPlan(db, tarifnums[0]), await findPlan(db, tarifnums[1])]
  const moment = await momentIn(db, one, at)
  if (one.currency !== other.currency) {
    throw new Complaint(`${planInWords(one)} and ${planInWords(other)} are in two currencies.`)
  }
  await makeTables(db)
  await db.query('begin isolation level repeatable read')
  await db.query(
    `-- deck: take the prices of a plan for a deck
    insert into deck_row (line, code, price, description, connect_fee, first_sec, step_sec, max_charge)
    select distinct on (tarif.code) 0, tarif.code, tarif.price, btrim(tarif.description, E' \\t\\r\\n'), tarif.connect_fee,
      tarif.first_sec, tarif.step_sec, tarif.max_charge
    from tarifplan_chain chain
    join tarif on tarif.tarifnum = chain.plan
    where chain.tarifnum = $1 and (tarif.valid @> $2::timestamptz) is true and ${deckRows}
    order by tarif.code, chain.depth`,
    [other.tarifnum, moment.at],
  )
  const counts = await compare(db, {
    tarifnum: one.tarifnum,
    from: moment.at,
    withBases: true,
    columns: ['description', 'connect_fee', 'first_sec', 'step_sec', 'max_charge'],
    keepGone: false,
  })
  await writePages(
    db,
    ['code', 'difference', `plan ${one.tarifnum}`, `plan ${other.tarifnum}`, 'description'],
    `-- deck: give differences out
    select code, case code when '' then '*' else code end, kind, was::text, price::text, description
    from deck_change
    where kind <> 'unchanged' and ($1::text is null or code > $1)
    order by deck_change.code
    limit ${pageRows}`,
    [],
    write,
  )
  await db.query('rollback')
  say(`from ${planInWords(one)} to ${planInWords(other)} on ${moment.words}: ${countsInWords(counts)}`)
}

/**
 * Pages through a query by its first column, which comes after $1 (null before the first) and is not written; the others are,
 * in their order. Returns how many rows there were.
 */
async function writePages(
  db: Database,
  header: readonly string[],
  query: string,
  values: readonly unknown[],
  write: Write,
): Promise<number> {
  await write(csvLine(header))
  let after: string | null = null
  let codes = 0
  for (;;) {
    const page: pg.QueryArrayResult<(string | null)[]> = await db.query({
      text: query,
      values: [after, ...values],
      rowMode: 'array',
    })
    const last = page.rows.at(-1)
    if (!last) return codes
    await write(page.rows.map((cells) => csvLine(cells.slice(1).map((cell) => cell ?? ''))).join(''))
    codes += page.rows.length
    after = last[0] ?? ''
  }
}
