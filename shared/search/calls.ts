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
].join(', ')
const hidden = {
  duration: 'null::bigint',
  disposition: `''`,
  problem: 'null::text',
  source_id: 'null::integer',
  provider_id: 'null::integer',
  cause: 'null::text',
}
const all = `${columns}, ${Object.keys(hidden).join(', ')}`

/** Calls of any age, as `call`; where the view of all calls is not for this role, that of readers, in which some columns are empty. */
export function callsFor(isReader: boolean): string {
  if (!isReader) return `(select ${all} from paidcalls union all select ${all} from archived_call) call`
  const empty = Object.entries(hidden).map(([name, value]) => `${value} as ${name}`)
  return `(select ${columns}, ${empty.join(', ')} from client_calls) call`
}

/** One call of any age by the first value, as `call`. */
export const oneCall =
  '(select * from paidcalls where id = $1 union all select * from archived_call where id = $1) call'

/** The latest first. `where` are conditions on `call`. */
export function callsQuery(isReader: boolean, shown: string, where: readonly string[], most: number): string {
  const only = where.length === 0 ? '' : ` where ${where.join(' and ')}`
  return `-- web: calls\nselect ${shown} from ${callsFor(isReader)}${only} order by call.id desc limit ${most}`
}
