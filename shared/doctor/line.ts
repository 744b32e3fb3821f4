// What can be wrong on the line: calls that wait, calls put aside, processes that are silent.

import { bad, doubtful, good, one } from './finding.ts'
import type { Check } from './finding.ts'

export const line: Check = async (db) => {
  const { parked, aside, silent } = await one<{ parked: number; aside: number; silent: number }>(
    db,
    `select (select coalesce(sum(parked), 0)::integer from pipeline) as parked, (select coalesce(sum(put_aside), 0)::integer from pipeline) as aside,
       (select count(silent_since) from workers) as silent`,
  )
  return [
    parked > 0
      ? doubtful(
          `calls that wait for an edit: ${parked}`,
          'select * from parked_calls says which rows are missing.',
        )
      : good('no call is parked'),
    ...(aside > 0
      ? [
          doubtful(
            `calls put aside after an error: ${aside}`,
            'select * from oldest_calls, and the log of the stage.',
          ),
        ]
      : []),
    ...(silent > 0
      ? [
          doubtful(
            `processes that are silent: ${silent}`,
            'select * from workers names them: start them again.',
          ),
        ]
      : []),
  ]
}

// Enough to see whether somebody writes past the stages; the view looks at all.
const pricesLooked = 5_000

export const prices: Check = async (db) => {
  const { wrong } = await one<{ wrong: number }>(
    db,
    `select count(*) as wrong
     from (select * from paidcalls where status = 'tarif defined' order by id desc limit ${pricesLooked}) call
     left join rating_decision made on made.call_id = call.id and made.nr = call.decisions
     where made.call_id is null
       or (made.total, made.master_total, made.cost) is distinct from (call.total, call.master_total, call.cost)`,
  )
  if (wrong === 0) return [good('prices are what their decisions say')]
  return [
    bad(
      `prices that their decisions do not say: ${wrong} of the last ${pricesLooked}`,
      'select * from price_not_decided names them: somebody wrote past the stages. Send them back with rerate().',
    ),
  ]
}

export const leftOut: Check = async (db) => {
  const { rows } = await db.query<{ source: string; remark: string }>(
    '-- doctor: which records are left out?\nselect source, remark from sources where remark is not null',
  )
  return rows.map(({ source, remark }) =>
    doubtful(
      `source ${source}: ${remark.split(': ')[0] ?? remark}`,
      `${remark.split(': ').slice(1).join(': ')}: is that what its filter and its format are meant to do?`,
    ),
  )
}
