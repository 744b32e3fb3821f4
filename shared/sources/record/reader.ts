// What import asks of a place where records are kept (a Reader) and of the way they are written (a Format).

/** A record as the source has it: text by column name in small letters, null where the source has nothing. */
export type SourceRecord = Record<string, string | null>

/** A record that was read, on its way into table cdr. */
export interface ReadRecord {
  /** What cdr.source_key will be: the same record read again has the same key. */
  source_key: string
  record: SourceRecord
  /** Why it could not even be read as a record. */
  unreadable?: string
}

/** How far a source has been read, as kept in source_position.position. Only the reader that wrote it knows what it means. */
export type Position = Record<string, unknown>

/** The position { again: beginning }, or { again: '2026-11-21 08:00' }, has records read again although they are marked. */
export const beginning = 'beginning'

export interface Batch {
  records: ReadRecord[]
  /** Where the next batch begins, once these records are stored. */
  position: Position
  /** More can be read at once. */
  more: boolean
  /** What happened to the source, when a person should know. */
  notice?: string
  /** The next batch may be read before this one is stored. */
  ahead: boolean
  /** Called once the records are stored and the commit is durable: marks them in the source. Says, once, if it may not. */
  stored?: () => Promise<string | undefined>
}

/** Part of a day's records as the source has them; the same day may come in several parts. */
export interface DayPart {
  /** The moment or day of the records as it is written there. */
  written: string
  records: number
  /** Sum of billsec as written, as a decimal number. */
  billsec: string
  /** How many of them are marked, where the source can be marked. */
  marked?: number
}

export interface Reader {
  /** Looks whether the source can be read. Throws a Complaint, or what the source's server said. */
  open: () => Promise<void>
  /** Reads on from a position; {} is the beginning. Throws when the source cannot be read now; then it may be asked again. */
  read: (position: Position) => Promise<Batch>
  /** Counts all records the source holds, by a read of its own. */
  countDays: () => AsyncIterable<DayPart>
  /** Ends everything under way; what is being read then fails. */
  close: () => Promise<void>
}

/** What became a call, in columns of paidcalls. Moments are ISO 8601 in UTC. */
export interface NewCall {
  calldate: string
  answered_at: string | null
  channel: string
  dstchannel: string
  src: string
  dst: string
  dcontext: string
  accountcode: string
  uniqueid: string
  disposition: string
  duration: number
  billsec: number
}

/**
 * What a record becomes: a call, or a sentence on why it is none. Left out is what is no call of its own by a rule, not by a
 * fault. A record that tells of a call together with others names the call, in at most a hundred characters.
 */
export type Outcome = { call: NewCall } | { rejected: string } | { left_out: string } | { part_of: string }

export interface Joined {
  call: NewCall
  /** Which of the parts given the call began with. */
  part: number
}

export interface Reading {
  /** IANA zone of the wall-clock times in the records. */
  time_zone: string
  /** Calls that began after this year are not believed. */
  latestYear: number
}

export interface Format {
  /** Columns that hold the moment a call began; the first one a record has counts. */
  began: readonly string[]
  /** Columns that hold the seconds from the answer to the end; the first one a record has counts. */
  billsec: readonly string[]
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
  toCall: (record: SourceRecord, reading: Reading) => Outcome
  /**
   * The call that all parts there are make together; undefined while it is still going on. The order they are given in does not
   * matter, and it is asked again when another part comes. Pure, and never throws.
   */
  join?: (parts: readonly SourceRecord[], reading: Reading) => Joined | undefined
}
