// The columns of paidcalls that a record fills, named once for every query that makes or corrects calls.

const types: Readonly<Record<string, string>> = {
  calldate: 'timestamptz',
  answered_at: 'timestamptz',
  channel: 'text',
  dstchannel: 'text',
  src: 'text',
  dst: 'text',
  did: 'text',
  dcontext: 'text',
  accountcode: 'text',
  uniqueid: 'text',
  disposition: 'text',
  call_ref: 'text',
  cause: 'text',
  duration: 'bigint',
  billsec: 'bigint',
}

const names = Object.keys(types)

/** Part of a select or an insert. */
export const callColumns = names.join(', ')

/** Part of json_to_recordset: the columns with their types. */
export const callRecord = Object.entries(types)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ')

/** Part of json_to_recordset: what judging says of a record beside its call. */
export const judgedRecord = 'day date, seconds numeric, rejected text, left_out text, part_of text'

/** The columns of one table in a query, to be compared with those of another. */
export const callColumnsOf = (table: string): string => names.map((name) => `${table}.${name}`).join(', ')

/** Part of an update: each column as the other table has it. */
export const callColumnsFrom = (table: string): string =>
  names.map((name) => `${name} = ${table}.${name}`).join(', ')
