// What import asks of the way an exchange writes: what a record becomes.

import type { SourceRecord } from './reader.ts'

/** What became a call, in columns of paidcalls. Moments are ISO 8601 in UTC. */
export interface NewCall {
  calldate: string
  answered_at: string | null
  channel: string
  dstchannel: string
  src: string
  dst: string
  /** The number of ours that was called, where the record tells it beside dst. */
  did?: string
  dcontext: string
  accountcode: string
  uniqueid: string
  disposition: string
  /** What all records of one call have in common, where that is not `uniqueid`. */
  call_ref?: string
  /** Why it ended, as the exchange wrote it, where that is not `disposition`. */
  cause?: string
  duration: number
  billsec: number
}

/**
 * What a record becomes: a call, or a sentence on why it is none. Left out is what is no call of its own by a rule, not by a
 * fault. A record that tells of a call together with others names the call, in at most a hundred characters.
 */
export type Judgement = { call: NewCall } | { rejected: string } | { left_out: string } | { part_of: string }

export interface Joined {
  call: NewCall
  /** Which of the parts given the call began with. */
  part: number
}

export interface Clock {
  /** IANA zone of the wall-clock times in the records. */
  time_zone: string
  /** Calls that began after this year are not believed. */
  latestYear: number
}

export interface Want {
  /** For people: `the dialled number`. */
  what: string
  columns: readonly string[]
}

export interface Format {
  /** Columns that hold the moment a call began; the first one a record has counts. */
  began: readonly string[]
  /** Columns that hold the seconds from the answer to the end; the first one a record has counts. */
  billsec: readonly string[]
  /** What a price needs, and the columns that can tell it: a source that has none of them is not read. */
  wants: readonly Want[]
  /** Columns that source.mapping names. */
  named?: readonly string[]
  /** A moment as written, with the day as others write it, where source.mapping says how it is written here. */
  dayOf?: ((written: string) => string) | undefined
  /** The column in which readers tell each other what they have read; `marked` where the format has no name for it. */
  mark?: string
  /** Columns that never change once a record is written: they tell one record from another. */
  identity: readonly string[]
  /** Tables that nothing but their name tells from others: their records have it as the column `table`. */
  namedTables?: readonly string[]
  /** Names the columns of a line of a file that has no header; undefined when no such line is known. */
  columnsOf: (fields: readonly string[]) => readonly string[] | undefined
  /** How many columns such lines have, for people. */
  columnsExpected: string
  /** Takes the values out of a line that has more around them. */
  valuesIn?: (line: string) => string
  /** What a record becomes. Pure, and never throws. */
  toCall: (record: SourceRecord, clock: Clock) => Judgement
  /**
   * The call that all parts there are make together; undefined while it is still going on. The order they are given in does not
   * matter, and it is asked again when another part comes. Pure, and never throws.
   */
  join?: (parts: readonly SourceRecord[], clock: Clock) => Joined | undefined
}
