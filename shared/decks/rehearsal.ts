// What would the calls of a time have cost under a deck? The stage prices them as ever, but in this session a view of the deck
// stands where table tarif is: nothing is loaded, so nothing can stay.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { callsOfAnyAge } from '../simulation/dry-run.ts'
import { priceAgain } from '../simulation/would-cost.ts'
import { grouped } from '../text/number.ts'
import { columns } from '../text/table.ts'
import { compare, deckRows, makeTables } from './difference.ts'
import { findPlan, momentIn, planInWords } from './plan.ts'
import { columnsIn, readDeck } from './read.ts'
import type { FileOptions } from './read.ts'
import { countsInWords } from './report.ts'

export interface RehearsalOptions extends FileOptions {
  tarifnum: number
  callsSince: string
  keepGone: boolean
}

/** `tariff` is the stage that prices calls. Shows per client what their calls since that day cost and would cost. */
export async function rehearse<Facts extends Call>(
  db: Database,
  tariff: Stage<Facts>,
  options: RehearsalOptions,
  say: (line: string) => void,
): Promise<void> {
  const plan = await findPlan(db, options.tarifnum)
  const since = await momentIn(db, plan, options.callsSince)
  const now = await momentIn(db, plan, undefined)
  await makeTables(db)
  const deck = await readDeck(db, { ...options, currency: plan.currency }, say)
  await db.query('begin isolation level repeatable read')
  try {
    const counts = await compare(db, {
      tarifnum: plan.tarifnum,
      from: now.at,
      withBases: false,
      columns: columnsIn(deck),
      keepGone: options.keepGone,
    })
    say(`${planInWords(plan)}, beside what holds now: ${countsInWords(counts)}`)
    await putInPlace(db, plan.tarifnum)
    const calls = await priceAgain(db, tariff, callsQuery, [since.at, plan.tarifnum])
    const { rows } = await db.query<Record<string, unknown>>(perClientQuery)
    if (rows.length > 0) say(columns(rows).trimEnd())
    say(`${grouped(calls)} calls since ${since.words} were priced under the deck; nothing is changed`)
  } finally {
    await db.query('rollback').catch(() => undefined)
  }
}

/** From here on this session finds the deck, for all time, where the plan's prices were. */
async function putInPlace(db: Database, tarifnum: number): Promise<void> {
  // The view has whatever columns the table has, because any of them may be read by the stage.
  await db.query(`-- deck: prices of a rehearsal
    create temp table deck_tarif (like tarif) on commit drop`)
  await db.query(
    `-- deck: the deck as prices
    insert into deck_tarif (id, tarifnum, code, description, price, connect_fee, first_sec, step_sec, max_charge, direction, stepped, valid)
    select coalesce(tarif_id, -row_number() over ()), $1, code, description, price, connect_fee, first_sec, step_sec, max_charge, 'out', false, '(,)'::tstzrange
    from deck_change
    where kind not in ('gone', 'kept')
    union all
    select tarif.id, tarif.tarifnum, tarif.code, tarif.description, tarif.price, tarif.connect_fee, tarif.first_sec, tarif.step_sec,
      tarif.max_charge, tarif.direction, tarif.stepped, '(,)'::tstzrange
    from deck_change
    join tarif on tarif.id = deck_change.tarif_id
    where deck_change.kind = 'kept'`,
    [tarifnum],
  )
  await db.query(`-- deck: find the prices of a rehearsal
    create index on deck_tarif (code, tarifnum)`)
  await db.query(`-- deck: know the prices of a rehearsal
    analyze deck_tarif`)
  // A view takes no parameters; a setting of the transaction is read when it is asked.
  await db.query(`-- deck: which plan is rehearsed?\nselect set_config('paidcalls.rehearsed', $1, true)`, [
    String(tarifnum),
  ])
  await db.query(`-- deck: put the deck in place
    create temp view tarif as
    select * from tarif
    where not (tarif.tarifnum = current_setting('paidcalls.rehearsed')::integer and ${deckRows})
    union all
    select * from deck_tarif`)
}

/** The calls whose client or provider had the plan, or one based on it. */
const callsQuery = `select * from ${callsOfAnyAge}
where status in ('destination defined', 'tarif defined') and calldate >= $1::timestamptz
  and (
    client_id in (
      select client_id from client_tarif join tarifplan_chain chain on chain.tarifnum = client_tarif.tarifnum
      where chain.plan = $2 and client_tarif.valid && tstzrange($1::timestamptz, null))
    or provider_id in (
      select provider_id from provider_tarif join tarifplan_chain chain on chain.tarifnum = provider_tarif.tarifnum
      where chain.plan = $2 and provider_tarif.valid && tstzrange($1::timestamptz, null)))`

// The change is of the calls that have a price both before and after.
const perClientQuery = `-- deck: what changes, per client
select coalesce(client.name, '(nobody)') as client, count(*) as calls, sum(paidcalls.total)::text as before, sum(would_cost.total)::text as after,
  sum(would_cost.total - paidcalls.total)::text as change, max(paidcalls.currency) as currency,
  sum(paidcalls.cost)::text as cost_before, sum(would_cost.cost)::text as cost_after, max(paidcalls.cost_currency) as cost_currency,
  count(would_cost.problem) as would_wait
from would_cost
join ${callsOfAnyAge} on paidcalls.id = would_cost.call_id
left join client on client.id = paidcalls.client_id
group by client.id, client.name, paidcalls.currency, paidcalls.cost_currency
order by abs(coalesce(sum(would_cost.total - paidcalls.total), 0)) desc, 1`
