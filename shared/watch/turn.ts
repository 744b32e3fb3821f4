// One process judges at a time. It says so in watch_turn with each bite; another takes its place when it has not for three seconds.

import type { Database } from '../database/connect.ts'

export interface Turn {
  /** The clock of the database, epoch milliseconds. */
  now: number
  /** Another had the turn before: what this process remembers of calls and incidents is not what counts. */
  isNew: boolean
  /** What the rules say, and all they refer to, in short: another text, other rules. */
  rules: string
  /** Whether something waits. */
  waits: boolean
}

/** Undefined: another has the turn. To be asked inside a transaction, which keeps it. */
export async function takeTurn(db: Database, holder: string): Promise<Turn | undefined> {
  const { rows } = await db.query<Turn>({
    name: 'watch turn',
    text: `-- watch: take the turn
    with turn as (
      select holder from watch_turn where holder = $1 or seen_at < clock_timestamp() - interval '3 seconds' for update skip locked
    ), taken as (
      update watch_turn set holder = $1, seen_at = clock_timestamp() where exists (select from turn)
    )
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now, holder <> $1 as "isNew", exists (select from unwatched) as waits,
      md5(concat((select string_agg(rule::text, ',' order by id) from rule where enabled), (select string_agg(entry::text, ',' order by id) from number_list_entry entry),
        (select string_agg(concat(client_id, ' ', channels), ',' order by client_id) from client_channels where valid @> current_date))) as rules
    from turn`,
    values: [holder],
  })
  return rows[0]
}
