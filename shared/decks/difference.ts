// What a rate deck changes: the deck in a table of this session, beside the prices that stand, and one difference of the two.
// A deck speaks of outgoing prices that hold at all hours, however the number was dialled; of no other row.

import type { Database } from '../database/connect.ts'
import { copyInto, copyLine } from '../database/copy.ts'
import type { Field } from './sheet/columns.ts'
import type { DeckRow } from './sheet/deck.ts'
import { problemsShown } from './sheet/problems.ts'
import type { Problems } from './sheet/problems.ts'

/** `terms`: another fee, increment or limit at the same price. `renamed`: nothing but the name. */
export const kinds = [
  'new',
  'raised',
  'lowered',
  'terms',
  'extended',
  'renamed',
  'unchanged',
  'gone',
  'kept',
] as const
export type ChangeKind = (typeof kinds)[number]

/** Rows a deck speaks of. */
export const deckRows = `tarif.direction = 'out' and tarif.prefix_id is null and tarif.hours is null`

/** Makes the tables of this session, empty. */
export async function makeTables(db: Database): Promise<void> {
  await db.query(`-- deck: room for a list of prices
    set temp_buffers = '64MB';
    set work_mem = '64MB'`)
  await db.query(`-- deck: tables of this session
    create temp table deck_row (line integer, code text, price numeric, description text, connect_fee numeric,
      first_sec integer, step_sec integer, max_charge numeric);
    create temp table deck_change (kind text, line integer, code text, tarif_id integer, was numeric, was_valid tstzrange,
      starts_here boolean, until timestamptz, withdrawn_id integer, price numeric, description text, connect_fee numeric,
      first_sec integer, step_sec integer, max_charge numeric)`)
}

/** Brings the deck into its table. */
export async function bringIn(db: Database, rows: AsyncIterable<DeckRow[]>): Promise<number> {
  async function* lines(): AsyncGenerator<string> {
    for await (const some of rows) {
      yield some
        .map((row) =>
          copyLine([
            row.line,
            row.code,
            row.price,
            row.description,
            row.connect_fee,
            row.first_sec,
            row.step_sec,
            row.max_charge,
          ]),
        )
        .join('')
    }
  }
  const count = await copyInto(
    db,
    `-- deck: bring the deck in
copy deck_row (line, code, price, description, connect_fee, first_sec, step_sec, max_charge) from stdin`,
    lines(),
  )
  await db.query(`-- deck: know the deck\nanalyze deck_row`)
  return count
}

/** Codes that stand in the deck more than once. */
export async function duplicates(db: Database): Promise<Problems> {
  const { rows } = await db.query<{ line: number; text: string; count: number }>(
    `-- deck: codes that stand there twice
    select line, 'code ' || case code when '' then '*' else code end || ' stands in line ' || first_line || ' already'
        || case when price = first_price then ' at the same price' else ' at another price, ' || first_price end as text,
      count(*) over () as count
    from (
      select line, code, price, first_value(line) over same as first_line, first_value(price) over same as first_price,
        row_number() over same as nr
      from deck_row
      where code in (select code from deck_row group by code having count(*) > 1)
      window same as (partition by code order by line)
    ) seen
    where nr > 1
    order by line, code
    limit ${problemsShown}`,
  )
  return { count: rows[0]?.count ?? 0, first: rows }
}

export interface Held {
  tarifnum: number
  /** From when the deck holds, as PostgreSQL writes an instant. */
  from: string
  /** Compare with what a plan's bases say too, not with its own rows only. */
  withBases: boolean
  /** Columns the deck has; of what it does not speak, what stands stays. */
  columns: readonly Field[]
  keepGone: boolean
}

/** Works out what changes, into table deck_change: one row a code. To be asked inside a transaction. */
export async function compare(db: Database, held: Held): Promise<Record<ChangeKind, number>> {
  await db.query(`-- deck: forget an earlier difference\ntruncate deck_change`)
  // How many prices stand can only be guessed, and a guess far off must not compare each with each.
  await db.query(`-- deck: joins that suit a list of any length\nset local enable_nestloop = off`)
  await db.query(differenceQuery, [
    held.tarifnum,
    held.from,
    held.withBases,
    ['description', 'connect_fee', 'first_sec', 'step_sec', 'max_charge'].filter((column) =>
      held.columns.some(
        (field) => field === column || (field === 'increments' && /^(first|step)_sec$/.test(column)),
      ),
    ),
    held.keepGone,
  ])
  await db.query(`-- deck: any joins\nset local enable_nestloop = on`)
  await db.query(`-- deck: know the difference\nanalyze deck_change`)
  const { rows } = await db.query<{ kind: ChangeKind; count: number }>(
    `-- deck: how much changes?\nselect kind, count(*) as count from deck_change group by kind`,
  )
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<ChangeKind, number>
  for (const { kind, count } of rows) counts[kind] = count
  return counts
}

// Of a code three rows matter: the one that holds at the moment, the next one, and one that was taken back before it ever held
// (withdrawn; of older lists, valid from infinity on): rows are not deleted, because the database would look through all calls for each.
const differenceQuery = `-- deck: what the deck changes
insert into deck_change
with standing as materialized (
  select tarif.id, tarif.code, tarif.description, tarif.price, tarif.connect_fee, tarif.first_sec, tarif.step_sec, tarif.max_charge,
    tarif.valid, tarif.withdrawn, chain.depth
  from tarifplan_chain chain
  join tarif on tarif.tarifnum = chain.plan
  where chain.tarifnum = $1 and (chain.depth = 0 or $3) and ${deckRows}
), held as (
  select distinct on (code collate "C") *
  from standing
  where valid @> $2::timestamptz
  order by code collate "C", depth
), later as (
  select code, min(lower(valid)) as begins
  from standing
  where lower(valid) > $2::timestamptz and lower(valid) < 'infinity' and depth = 0
  group by code
), withdrawn as (
  select code, min(id) as id
  from standing
  where (withdrawn or lower(valid) = 'infinity') and depth = 0
  group by code
), deck as (
  select deck_row.line, deck_row.code, deck_row.price, held.id, held.price as was, held.valid, later.begins, withdrawn.id as withdrawn_id,
    case when 'description' = any ($4) then deck_row.description else coalesce(held.description, '') end as description,
    case when 'connect_fee' = any ($4) then deck_row.connect_fee else coalesce(held.connect_fee, 0) end as connect_fee,
    case when 'first_sec' = any ($4) then deck_row.first_sec else held.first_sec end as first_sec,
    case when 'step_sec' = any ($4) then deck_row.step_sec else held.step_sec end as step_sec,
    case when 'max_charge' = any ($4) then deck_row.max_charge else held.max_charge end as max_charge,
    held.description as was_description, held.connect_fee as was_fee, held.first_sec as was_first, held.step_sec as was_step,
    held.max_charge as was_max
  from deck_row
  left join held on held.code = deck_row.code
  left join later on later.code = deck_row.code
  left join withdrawn on withdrawn.code = deck_row.code
)
select
  case
    when id is null then 'new'
    when price > was then 'raised'
    when price < was then 'lowered'
    when (connect_fee, first_sec, step_sec, max_charge) is distinct from (was_fee, was_first, was_step, was_max) then 'terms'
    when not $3 and nullif(upper(valid), 'infinity') is distinct from begins then 'extended'
    when description is distinct from btrim(was_description, E' \\t\\r\\n') then 'renamed'
    else 'unchanged'
  end,
  line, code, id, was, valid, coalesce(lower(valid) = $2, false), begins, withdrawn_id, price, description, connect_fee,
  first_sec, step_sec, max_charge
from deck
union all
select case when $5 then 'kept' else 'gone' end, null, held.code, held.id, held.price, held.valid, coalesce(lower(held.valid) = $2, false),
  null, null, null, held.description, null, null, null, null
from held
where not exists (select from deck_row where deck_row.code = held.code)`
