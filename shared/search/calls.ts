// Which calls are sought: by any field and range, the latest first, behind the last that was shown. For pages, files and programs. Pure.

import { Complaint } from '../errors/complaint.ts'

export interface Sought {
  /** Its condition, in which $$ stands for the value. */
  where: string
  label: string
  check: RegExp
}

/** Begins with a sign, and has no control characters. */
export const textAsked = /^[^\s\u0000-\u001f][^\u0000-\u001f]{0,99}$/

/** By what calls can be sought, but for the time, which people write otherwise than programs. */
export const sought: Readonly<Record<string, Sought>> = {
  client: { label: 'Client (id)', where: 'client_id = $$::integer', check: /^\d{1,9}$/ },
  number: { label: 'Number begins', where: `number like $$ || '%'`, check: /^\d{1,15}$/ },
  src: { label: 'Caller', where: 'src = $$', check: textAsked },
  country: { label: 'Country', where: 'country = $$', check: /^[A-Z]{2}$/ },
  source: { label: 'Exchange (id)', where: 'source_id = $$::integer', check: /^\d{1,9}$/ },
  provider: { label: 'Provider (id)', where: 'provider_id = $$::integer', check: /^\d{1,9}$/ },
  direction: {
    label: 'Direction',
    where: 'direction = $$::direction_of_call',
    check: /^(out|in|transit|internal)$/,
  },
  cause: { label: 'Cause', where: 'cause = $$', check: textAsked },
  longer: { label: 'Seconds at least', where: 'billable_sec >= $$::bigint', check: /^\d{1,9}$/ },
  dearer: { label: 'Total at least', where: 'total >= $$::numeric', check: /^\d{1,9}(\.\d{1,8})?$/ },
}

/**
 * The conditions for what is sought, and their values behind those of before; what is not given or empty is not sought by.
 * Throws a sentence for what cannot be sought.
 */
export function conditions(
  by: Readonly<Record<string, Sought>>,
  given: Readonly<Record<string, string | undefined>>,
  before: readonly string[] = [],
): { where: string[]; values: string[] } {
  const values = [...before]
  const where: string[] = []
  for (const [name, { where: condition, check, label }] of Object.entries(by)) {
    const value = given[name]?.trim()
    if (!value) continue
    if (!check.test(value)) throw new Complaint(`"${value}" cannot be searched for as ${label}.`)
    values.push(value)
    where.push(condition.replace('$$', () => `$${values.length}`))
  }
  return { where, values }
}

const columns = [
  ...['id', 'status', 'calldate', 'direction', 'client_id', 'client', 'src', 'number', 'kind', 'country'],
  ...['billable_sec', 'price', 'total', 'currency', 'priced_at'],
]
// What the view of readers does not show, and what stands there instead.
const hidden = {
  ...{ duration: 'null::bigint', disposition: `''`, problem: 'null::text', source_id: 'null::integer' },
  ...{ provider_id: 'null::integer', cause: 'null::text' },
}
const all = [...columns, ...Object.keys(hidden)]
const named = all.join(', ')

const ofReaders = `(select ${columns.join(', ')}, ${Object.entries(hidden)
  .map(([name, value]) => `${value} as ${name}`)
  .join(', ')} from client_calls_by_time) call`

// What is indexed is asked of the latest decision: by client and time, and by time.
const ofDecision = new Map([
  ['id', 'made.call_id as id'],
  ['calldate', 'made.calldate'],
  ['client_id', 'made.client_id'],
])
const priced = `(select ${all.map((name) => ofDecision.get(name) ?? `call.${name}`).join(', ')}
  from rating_decision made join paidcalls call on call.id = made.call_id and call.decisions = made.nr where call.status = 'tarif defined') call`
// Few of many: each part by the index its stage claims by, so that those with a price are not read for those without.
const waiting = `(${[
  'problem is null and due_at is null',
  'problem is not null',
  'problem is null and due_at is not null',
]
  .map((part) => `select ${named} from paidcalls where status <> 'tarif defined' and ${part}`)
  .join(' union all ')}) call`
const archived = `(select ${named} from archived_call) call`

/** One call of any age by the first value, as `call`. */
export const oneCall =
  '(select * from paidcalls where id = $1 union all select * from archived_call where id = $1) call'

/** The condition for calls behind the one whose id is value `nr`, as callsQuery orders them. */
export function behindCall(isReader: boolean, nr: number): string {
  const began = isReader
    ? `select calldate from client_calls where id = $${nr}::bigint`
    : `select calldate from paidcalls where id = $${nr}::bigint union all select calldate from archived_call where id = $${nr}::bigint`
  return `(call.calldate, call.id) < ((${began}), $${nr}::bigint)`
}

const only = (where: readonly string[]): string => (where.length === 0 ? '' : ` where ${where.join(' and ')}`)
const lastFirst = 'order by call.calldate desc, call.id desc limit'

/**
 * The query for at most `most` calls of any age, those that began last first. `shown` and the conditions `where` are of `call`. The view of
 * all calls is not for readers: they ask their own, in which some columns are empty.
 */
export function callsQuery(
  isReader: boolean,
  shown: string,
  where: readonly string[],
  most: number | string,
): string {
  if (isReader) return `select ${shown} from ${ofReaders}${only(where)} ${lastFirst} ${most}`
  const each = [priced, waiting, archived].map(
    (from) => `(select ${named} from ${from}${only(where)} ${lastFirst} ${most})`,
  )
  return `select ${shown} from (${each.join('\nunion all\n')}) call ${lastFirst} ${most}`
}

/** The query by which the server says about how many calls there are, without counting any. Not for readers: it knows of calls that they may not see. */
export function estimateQuery(where: readonly string[]): string {
  const each = [priced, waiting, archived].map((from) => `(select from ${from}${only(where)})`)
  return `explain (format json) ${each.join(' union all ')}`
}
