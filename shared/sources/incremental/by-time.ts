// Reads on in a table that has no key, such as the one adaptive ODBC writes.
//
// Rows come when calls end, but the only order they have is when calls began. So the rows are counted by the moment they
// began: every second those of the last days, by ten minutes; all others once a minute, by day. Where a count has
// changed, those rows are read again, and what is stored already is recognised by its key: hash of the columns
// that never change, and which of the rows with this content it is. No row is missed, however late it comes and whatever
// date it bears. What a count costs decides how often it is made: it may take a twentieth of the time.
//
// The position says up to which day everything was read and how many rows that were. If they are as many when a
// process starts, it begins at that day, otherwise at the beginning, which adds nothing that is stored already.

import { countOccurrences, occurrenceKey } from '../record/keys.ts'
import type { Batch, Position, ReadRecord, SourceRecord } from '../record/reader.ts'
import { stretchesOf } from './stretches.ts'
import type { Stretch, TimedTable } from './timed-table.ts'

// Characters of 2026-11-21 19:34.
const [day, tenMinutes] = [10, 15]
const recentDays = 2
const lookMs = 1_000
const lookOverallMs = 60_000
const costShare = 20

/** Reads a table without a key day by day: only stretches whose number of rows has changed are read again. `kind` names the position. */
export function readByTime(table: TimedTable, kind: string): (position: Position) => Promise<Batch> {
  // How many rows a day, or ten recent minutes, had when they were read.
  const read = new Map<string, number>()
  let counts = new Map<string, number>()
  let changed: string[] = []
  let stretches: Stretch[] = []
  let recentFrom: string | undefined
  let nextLook = 0
  let nextOverallLook = 0

  return async (position) => {
    if (recentFrom !== undefined && position['kind'] !== kind) beginAgain()
    if (stretches.length === 0 && changed.length === 0) await look(position)
    if (stretches.length === 0) {
      const bucket = changed[0]
      if (bucket !== undefined) stretches = await stretchesOf(table, bucket, counts.get(bucket) ?? 0)
    }
    const stretch = stretches[0]
    const records = stretch ? recordsOf(table, await table.read(stretch)) : []
    return {
      records,
      position: positionNow() ?? position,
      more: stretches.length > 1 || changed.length > 1,
      // What has been read counts as read only when it is stored.
      ahead: false,
      stored: () => {
        stretches.shift()
        const done = stretches.length === 0 ? changed.shift() : undefined
        if (done !== undefined) read.set(done, counts.get(done) ?? 0)
        return Promise.resolve(undefined)
      },
    }
  }

  /** The position was taken away: everything is to be read again. */
  function beginAgain(): void {
    read.clear()
    counts = new Map()
    changed = []
    stretches = []
    recentFrom = undefined
    nextLook = 0
    nextOverallLook = 0
  }

  async function look(position: Position): Promise<void> {
    if (performance.now() >= nextOverallLook) {
      const began = performance.now()
      const days = await table.count(day)
      if (recentFrom === undefined) trust(position, days)
      recentFrom = recentDayOf(days)
      forgetTenMinutesBefore(recentFrom)
      notice([...days].filter(([bucket]) => bucket < (recentFrom ?? '')))
      nextOverallLook = began + Math.max(lookOverallMs, (performance.now() - began) * costShare)
    }
    if (recentFrom !== undefined && performance.now() >= nextLook) {
      const began = performance.now()
      notice([...(await table.count(tenMinutes, recentFrom || undefined))])
      nextLook = began + Math.max(lookMs, (performance.now() - began) * costShare)
    }
  }

  function notice(found: readonly (readonly [string, number])[]): void {
    counts = new Map([...counts, ...found])
    changed = [
      ...changed,
      ...found.filter(([bucket, rows]) => read.get(bucket) !== rows).map(([bucket]) => bucket),
    ].sort()
  }

  /** At the start: days the position speaks of need not be read again if they still hold as many rows. */
  function trust(position: Position, days: ReadonlyMap<string, number>): void {
    if (position['kind'] !== kind) return
    const through = String(position['through'])
    const before = [...days].filter(([bucket]) => bucket < through)
    if (sum(before) === position['rows']) for (const [bucket, rows] of before) read.set(bucket, rows)
  }

  /** When a day is no longer recent, its tens of minutes become a day. */
  function forgetTenMinutesBefore(through: string): void {
    for (const [bucket, rows] of read) {
      if (bucket.length <= day || bucket >= through) continue
      const whole = bucket.slice(0, day)
      read.set(whole, (read.get(whole) ?? 0) + rows)
      read.delete(bucket)
      counts.delete(bucket)
    }
  }

  /** Up to the first day that has not been read to its end. */
  function positionNow(): Position | undefined {
    if (recentFrom === undefined) return undefined
    const through =
      changed[0] !== undefined && changed[0] < recentFrom ? changed[0].slice(0, day) : recentFrom
    return {
      kind,
      through,
      rows: sum([...read].filter(([bucket]) => bucket.length <= day && bucket < through)),
    }
  }
}

function sum(buckets: readonly (readonly [string, number])[]): number {
  return buckets.reduce((all, [, rows]) => all + rows, 0)
}

/** The day two days before the newest there is. Days far in the future are mistakes, and do not make the rest old. */
function recentDayOf(days: ReadonlyMap<string, number>): string {
  const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, day)
  const newest =
    [...days.keys()]
      .filter((written) => written <= tomorrow)
      .sort()
      .at(-1) ?? ''
  const then = Date.parse(newest)
  return Number.isNaN(then) ? newest : new Date(then - recentDays * 86_400_000).toISOString().slice(0, day)
}

function recordsOf(table: TimedTable, rows: readonly SourceRecord[]): ReadRecord[] {
  const occurrenceOf = countOccurrences()
  return rows.map((record) => {
    const content = table.contentOf(record)
    return { source_key: occurrenceKey(content, occurrenceOf(content)), record }
  })
}
