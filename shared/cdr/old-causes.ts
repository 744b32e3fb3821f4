// Why calls ended that came before that was kept, by their records that are kept: read by the code by which import reads it. A few hundred
// calls in a transaction, and how far it is moves with them. What such a call came to, and under what it was summed, stays as it is.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Clock, Format } from '../sources/record/format.ts'
import type { SourceRecord } from '../sources/record/reader.ts'
import { formatOf } from '../sources/registry.ts'
import { clockColumns } from './judge.ts'

const callsAtOnce = 500

export interface Bite {
  /** How many calls got their cause. */
  filled: number
  /** It ended before a call that somebody has in hand. */
  isHeld: boolean
  /** Nothing is left that could be done now. */
  isLast: boolean
  /** Exchanges whose records nobody can read as their row is now: they wait until it is mended. */
  unread: { source: string; problem: string }[]
}

interface Source extends Clock {
  id: number
  name: string
  format: string
  mapping: unknown
}

interface Taken {
  sources: number[] | null
  upto: number
  is_held: boolean
  calls: readonly { id: number; source_id: number; record: SourceRecord }[]
}

type CauseOf = (record: SourceRecord) => string | undefined

/** Goes on with the calls of before, where it was. Costs nothing when all are done. */
export async function fillBite(db: Database): Promise<Bite> {
  const { rows: left } = await db.query<Source>(
    `-- schedule: which exchanges have calls of before without a cause?
    select source.id, source.name, source.format, source.mapping, ${clockColumns} from source join cause_fill on source_id = source.id`,
  )
  const bite: Bite = { filled: 0, isHeld: false, isLast: true, unread: [] }
  const readers = new Map<number, CauseOf>()
  for (const source of left) {
    const reader = readerOf(source)
    if (typeof reader === 'string') bite.unread.push({ source: source.name, problem: reader })
    else readers.set(source.id, reader)
  }
  if (readers.size === 0) return bite
  await db.query('begin')
  try {
    const { rows } = await db.query<Taken>(
      `-- schedule: take calls of before without a cause
      select sources, upto, is_held, calls from take_old_calls($1, ${callsAtOnce})`,
      [[...readers.keys()]],
    )
    const [taken] = rows
    // None are left, or another process has them.
    if (taken?.sources) {
      bite.filled = await fill(db, taken, readers)
      bite.isHeld = taken.is_held
      bite.isLast = false
    }
    await db.query('commit')
    return bite
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    throw error
  }
}

async function fill(
  db: Database,
  { sources, upto, calls }: Taken,
  readers: ReadonlyMap<number, CauseOf>,
): Promise<number> {
  const causes = calls.flatMap(({ id, source_id, record }) => {
    const cause = readers.get(source_id)?.(record)
    return cause === undefined ? [] : [[id, cause] as const]
  })
  const { rows } = await db.query<{ filled: number }>(
    `-- schedule: give calls of before their causes
    select fill_causes($1, $2, $3) as filled`,
    [sources, upto, Object.fromEntries(causes)],
  )
  return rows[0]?.filled ?? 0
}

/** Or why nobody can say how the exchange writes. */
function readerOf({ format, mapping, ...clock }: Source): CauseOf | string {
  try {
    // A record that a filter leaves out by now was none then: it is a call.
    const own = formatOf({ format, mapping, filter: [] })
    return (record) => causeIn(record, own, clock)
  } catch (error) {
    if (error instanceof Complaint) return error.message
    throw error
  }
}

/** None of a call that several records make together: what is joined has only its disposition. */
function causeIn(record: SourceRecord, { toCall }: Format, clock: Clock): string | undefined {
  const outcome = toCall(record, clock)
  return 'call' in outcome ? outcome.call.cause : undefined
}
