// What became of the calls, by what the generator meant: nothing here comes from the stages.

import { verifyAccounts } from '../../shared/accounts/verify.ts'
import type { Database } from '../../shared/database/connect.ts'
import { verifySums } from '../../shared/sums/verify.ts'
import { whatIsWrong } from '../support/generated.ts'
import { withAdmin } from './world.ts'
import type { World } from './world.ts'

export interface Verdict {
  calls: number
  /** Numbers of calls that are not here, or neither priced nor waiting with a problem. */
  lost: number[]
  /** Numbers of calls that are here more than once, or priced more than once. */
  doubled: number[]
  /** The first calls that are other than was meant. */
  wrong: unknown[]
  /** What was meant, and what there is. */
  sums: { meant: object; found: object }
  /** Where what rollup added up is not what the decisions say that it has taken. */
  unequal: string[]
  /** Clients whose alert is not what the calls say that were judged, or who have more than one. */
  unwarned: object[]
  /** Where an account is not what its entries and reservations say. */
  accounts: string[]
  /** Calls that are booked, and money is held for them still. */
  held: string[]
  /** Questions of the exchanges, those that were answered, and those that a process took and left without an answer. */
  questions: World['questions']
  /** Calls the exchanges hold, and how many of them are marked. */
  written: number
  marked: number
}

export function judge({ adminUrl, exchanges, questions }: World): Promise<Verdict> {
  return withAdmin(adminUrl, async (db) => ({
    calls: exchanges.meant.calls,
    lost: await numbers(
      db,
      `select id from generated where not exists (
        select from paidcalls where uniqueid = generated.id::text and (status = 'tarif defined' or problem is not null))`,
    ),
    doubled: await numbers(
      db,
      `select uniqueid::integer as id from paidcalls
      left join lateral (select count(*) as times from rating_decision where call_id = paidcalls.id) decided on true
      group by uniqueid having count(*) > 1 or max(times) > 1`,
    ),
    wrong: await whatIsWrong(db),
    sums: { meant: exchanges.meant, found: await sums(db) },
    unequal: (await verifySums(db)).differences,
    unwarned: await unwarned(db),
    accounts: await verifyAccounts(db),
    held: await held(db),
    questions,
    written: exchanges.written(),
    marked: await exchanges.marked(),
  }))
}

/** How many calls are on their way still, those put aside included. */
export async function unfinished(db: Database): Promise<number> {
  const { rows } = await db.query<{ left: number }>(
    `select ((select count(*) from generated) - count(*) filter (where status = 'tarif defined' or problem is not null))::integer as left
    from paidcalls`,
  )
  return rows[0]?.left ?? 0
}

async function numbers(db: Database, query: string): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(`${query} order by 1`)
  return rows.map(({ id }) => id)
}

// A question that came too late is taken back after some seconds.
const heldMostMs = 30_000

async function held(db: Database): Promise<string[]> {
  for (const since = performance.now(); ;) {
    const { rows } = await db.query<{ call_ref: string }>(
      `select distinct held.call_ref from reservation held
      join paidcalls call on call.source_id = held.source_id and call.uniqueid = held.call_ref and call.channel = held.channel and call.status = 'tarif defined'
      where settled_at is null and not exists (select from unsummed where call_id = call.id) and not exists (select from unbooked where call_id = call.id)`,
    )
    if (rows.length === 0 || performance.now() - since > heldMostMs)
      return rows.map(({ call_ref }) => call_ref)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** In one snapshot, while watch works. What was held for a call that went on counted until its record came. */
async function unwarned(db: Database): Promise<object[]> {
  const { rows } = await db.query<object>(
    `with spent as (
      select client_id, trim_scale(sum(total)) as total from rating_decision made
      where client_id is not null and calldate > now() - interval '1 day' and not exists (select from unsummed where call_id = made.call_id)
        and not exists (select from unwatched where call_id = made.call_id)
      group by client_id having sum(total) > 0
    ), warned as (select client_id, count(*) as alerts, trim_scale(max(value)) as total from alert where rule_id is not null and client_id > 0 group by client_id),
    held as (select client_id, sum(greatest(value, reservation.amount)) as most from reservation join account on account.id = account_id group by client_id)
    select client_id, spent.total as spent, warned.total as warned, alerts from spent full join warned using (client_id) left join held using (client_id)
    where (warned.total between spent.total and spent.total + coalesce(most, 0)) is not true or alerts > 1`,
  )
  return rows
}

async function sums(db: Database): Promise<object> {
  const { rows } = await db.query<object>(
    `select count(*) as calls, count(*) filter (where status = 'tarif defined') as priced, trim_scale(sum(total)) as total,
      trim_scale(sum(master_total)) as master_total, trim_scale(sum(cost)) as cost
    from paidcalls`,
  )
  return rows[0] ?? {}
}
