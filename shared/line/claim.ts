// How a call is taken from table paidcalls and put back into it: the same for every stage.
// The status stands in each query as a literal, because a generic plan cannot match a parameter to a partial index,
// and the order is (id + 0), because nothing but that index may serve it.

export type Status = 'new record' | 'client defined' | 'destination defined' | 'tarif defined'
export type Waiting = Exclude<Status, 'tarif defined'>

/** After so many surprises the error becomes the call's problem. */
export const attemptsMost = 5

/** The columns of the call that `facts` name: each that is read costs, used or not. */
export function columnsFor(facts: string): string {
  const asked = Array.from(facts.matchAll(/\bcall\.(\w+)/g), ([, column]) => column)
  return [...new Set(['id', ...asked])].join(', ')
}

/** Takes the first call of this status behind id $1 that nobody else holds; `call` is what the facts are joined to. */
export function nextCall(status: Waiting, facts: string): string {
  return `call as materialized (
  select ${columnsFor(facts)} from paidcalls
  where status = '${status}' and problem is null and due_at is null and (id + 0) > $1
  order by (id + 0)
  limit 1
  for update skip locked
)`
}

/** Takes call $1 once more just after it was parked: an edit may have committed in between and found nothing to heal. */
export function parkedCall(status: Waiting, facts: string): string {
  return `call as materialized (
  select ${columnsFor(facts)} from paidcalls
  where status = '${status}' and problem is not null and id = $1
  for update skip locked
)`
}

/** Lets call $1 wait: $2 its problem, $3 the keys of what would heal it. */
export const parkQuery = `-- let a call wait with its problem
update paidcalls
set problem = $2, waits_for = $3
where id = $1`

/** Sets parked call $1 going again. */
export const releaseQuery = `-- let a parked call try again
update paidcalls
set problem = null
where id = $1 and problem is not null`

/**
 * Puts call $1 aside after the surprise $2, for 1, 4, 9, 16 minutes: a missing table is back soon, a bad call is not. After the last
 * time it waits for an edit of what $3 are the keys of, if any.
 */
export function putAsideQuery(status: Waiting): string {
  return `-- put a call aside after an unexpected error
update paidcalls
set attempts = attempts + 1,
  due_at = case when attempts + 1 < ${attemptsMost} then clock_timestamp() + (attempts + 1) * (attempts + 1) * interval '1 minute' end,
  problem = case when attempts + 1 >= ${attemptsMost} then 'failed ${attemptsMost} times, the last time with: ' || $2 end,
  waits_for = case when attempts + 1 >= ${attemptsMost} then nullif($3::text[], '{}') else waits_for end
where id = $1 and status = '${status}' and problem is null and due_at is null`
}

/** The id of the first call behind $1 that can be locked, without any facts: finds the call whose facts cannot be read. */
export function nextIdQuery(status: Waiting): string {
  return `-- find the call whose claim fails
select id from paidcalls
where status = '${status}' and problem is null and due_at is null and (id + 0) > $1
order by (id + 0)
limit 1
for update skip locked`
}

/** Whether any call of this status can still move, those locked by others included, or an edit is still to heal some. */
export function canMoveQuery(status: Waiting): string {
  return `-- drain: is there anything left to do
select exists (select from paidcalls where status = '${status}' and problem is null and due_at is null)
  or exists (select from healing) as can_move`
}
