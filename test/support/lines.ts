// Lines of a stage inside the test's own process.

import { inject } from 'vitest'

import { createBooking, isAllBooked } from '../../shared/accounts/book.ts'
import type { Database } from '../../shared/database/connect.ts'
import { runLine } from '../../shared/line/line.ts'
import type { Call, Stage } from '../../shared/line/stage.ts'
import { createLog } from '../../shared/program/log.ts'
import { sumUp } from '../../shared/sums/loop.ts'
import { watch } from '../../shared/watch/loop.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { asStage } from './servers.ts'

export interface RunningLine {
  /** Ends the line as a signal does, and waits until it has ended. */
  stop: () => Promise<void>
}

/** Starts a line; stop it before the test ends. */
export function startLine<Facts extends Call>(
  stage: Stage<Facts>,
  databaseUrl: string,
  lanes = 2,
): RunningLine {
  const stop = new AbortController()
  const url = asStage(databaseUrl, inject('serverUrl'))
  const ended = runLine(stage, { databaseUrl: url, lanes, logLevel: 'silent' }, stop.signal, false)
  // Whoever stops the line hears of it.
  ended.catch(() => undefined)
  return {
    async stop() {
      stop.abort()
      await ended
    },
  }
}

/** Starts the three stages, a line each. */
export function startStages(databaseUrl: string, lanes = 2): RunningLine {
  const lines = [
    startLine(client, databaseUrl, lanes),
    startLine(destination, databaseUrl, lanes),
    startLine(tariff, databaseUrl, lanes),
  ]
  return {
    async stop() {
      await Promise.all(lines.map((line) => line.stop()))
    },
  }
}

/** Watches until `stop`, as a process of its own would. */
export function startWatch(databaseUrl: string, draining = false): RunningLine & { ended: Promise<void> } {
  const stop = new AbortController()
  const ended = watch({
    databaseUrl: asStage(databaseUrl, inject('serverUrl')),
    draining,
    stop: stop.signal,
    log: createLog('watch', { logLevel: 'silent', logFormat: 'json' }),
    presence: { stage: 'watch', lanes: 1, calls: 0 },
    destination,
    found: 0,
  })
  ended.catch(() => undefined)
  return {
    ended,
    async stop() {
      stop.abort()
      await ended
    },
  }
}

/** Sums up, and judges all that is summed. */
export async function judgeAll(databaseUrl: string): Promise<void> {
  await rollUp(databaseUrl)
  await startWatch(databaseUrl, true).ended
}

/** Runs one stage until no call of its status can move. */
export async function drain<Facts extends Call>(
  stage: Stage<Facts>,
  databaseUrl: string,
  lanes = 1,
): Promise<void> {
  const url = asStage(databaseUrl, inject('serverUrl'))
  await runLine(stage, { databaseUrl: url, lanes, logLevel: 'silent' }, new AbortController().signal, true)
}

/** Runs the three stages one after another until no call can move. */
export async function drainStages(databaseUrl: string): Promise<void> {
  await drain(client, databaseUrl)
  await drain(destination, databaseUrl)
  await drain(tariff, databaseUrl)
}

/** Waits until a query gives a row; throws when that takes too long. Gives back how long it took. */
export async function until(
  db: Database,
  query: string,
  values: unknown[] = [],
  mostMs = 5_000,
  lookMs = 10,
): Promise<number> {
  const from = performance.now()
  for (;;) {
    const { rowCount } = await db.query(query, values)
    const tookMs = performance.now() - from
    if (rowCount) return tookMs
    if (tookMs > mostMs) throw new Error(`Not within ${mostMs} ms: ${query}`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

/** Runs rollup in this process until every decision is in the sums, and booked. */
export async function rollUp(databaseUrl: string): Promise<void> {
  await sumUp({
    databaseUrl,
    draining: true,
    stop: new AbortController().signal,
    log: createLog('rollup', { logLevel: 'silent', logFormat: 'json' }),
    presence: { stage: 'rollup', lanes: 1, calls: 0 },
    bites: 0,
    then: { work: createBooking(), isDone: isAllBooked },
  })
}
