// Two backends of an exchange that write into one table write every call twice. Such rows are alike to the last digit, the name of the
// call and its channels among it; the second is left out. Rows that name neither call nor channel may be alike and two calls.

import { contentHash } from '../sources/record/keys.ts'
import { textIn } from '../sources/record/record.ts'
import type { Judged } from './judge.ts'

export const twinReason = 'the same as another record, to the last digit'

// They are written at the same moment, so they are read one after the other, or nearly.
const rememberedMost = 2_000
// What a database adds to a row: its number, and what readers have marked.
const added = ['id', 'acctid', 'cdr_id', 'record_id', 'marked', 'imported']
const names = ['uniqueid', 'uuid', 'xml_cdr_uuid', 'callid', 'sip_call_id']

/** Leaves out, of calls with seconds, those that are alike; remembers the last of them for the next batch. One for each source. */
export function createTwins(): (judged: readonly Judged[]) => Judged[] {
  const keys = new Map<string, string>()
  return (judged) =>
    judged.map((one) => {
      const { source_key, record, day, seconds } = one
      if (!one.billsec || textIn(record, ...names.filter((name) => name in record)).trim() === '') return one
      const content = contentHash(
        record,
        Object.keys(record)
          .filter((column) => !added.includes(column))
          .sort(),
      )
      const first = keys.get(content)
      if (first !== undefined && first !== source_key) {
        return {
          source_key,
          record,
          day,
          seconds,
          rejected: null,
          left_out: `${twinReason}: two backends write into one table`,
        }
      }
      keys.set(content, source_key)
      if (keys.size > rememberedMost) keys.delete(keys.keys().next().value ?? '')
      return one
    })
}
