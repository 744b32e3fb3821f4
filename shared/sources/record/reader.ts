// What import asks of a place where records are kept.

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
