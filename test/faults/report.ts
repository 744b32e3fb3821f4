// What people read when the faults are over.

import { isDeepStrictEqual } from 'node:util'

import { columns } from '../../shared/text/table.ts'
import { failover } from './kinds.ts'
import type { Outcome, Struck } from './suite.ts'

// After a lost server is back work goes on within this; a call held by a process that is frozen or cut off is free within that.
const stopMostMs = 5_000
const heldMostMs = 30_000
const numbers = ['times', 'lost', 'doubled', 'longest stop', 'longest until through']

/** A row for each kind of fault: how often, what it cost, and the longest times. */
export function tableOf({ struck, lost, doubled }: Outcome): string {
  const names = [...new Set(struck.map(({ kind }) => kind.name))].sort()
  const seconds = (all: readonly number[]): string => `${(Math.max(...all) / 1_000).toFixed(1)} s`
  return columns(
    names.map((fault) => {
      const these = struck.filter(({ kind }) => kind.name === fault)
      const among = (calls: readonly number[]): number =>
        these.reduce((sum, one) => sum + calls.filter((nr) => isOf(one, nr)).length, 0)
      return {
        fault,
        times: these.length,
        lost: among(lost),
        doubled: among(doubled),
        'longest stop': seconds(these.map(({ stopMs }) => stopMs)),
        'longest until through': seconds(these.map(({ heldMs }) => heldMs)),
      }
    }),
    Object.fromEntries(numbers.map((name) => [name, 'right'])),
  )
}

function isOf({ calls }: Struck, nr: number): boolean {
  return nr >= calls.from && nr <= calls.to
}

/** A sentence for everything that is not as it must be; none, if all is well. `slower`: so many times as slow as a machine that does nothing else. */
export function failuresOf(outcome: Outcome, slower = 1): string[] {
  const {
    struck,
    lost,
    doubled,
    wrong,
    sums,
    unequal,
    unwarned,
    accounts,
    held,
    questions,
    written,
    marked,
  } = outcome
  const late = struck.filter(
    ({ kind, stopMs, heldMs }) =>
      (kind.stops && stopMs > stopMostMs * slower) || heldMs > heldMostMs * slower,
  )
  return [
    ...(lost.length > 0 ? [`${lost.length} calls are lost: ${lost.slice(0, 5).join(', ')} …`] : []),
    ...(doubled.length > 0
      ? [`${doubled.length} calls are doubled: ${doubled.slice(0, 5).join(', ')} …`]
      : []),
    ...wrong.map((call) => `a call is other than was meant: ${JSON.stringify(call)}`),
    ...(isDeepStrictEqual(sums.found, sums.meant)
      ? []
      : [`sums differ: ${JSON.stringify(sums.found)} instead of ${JSON.stringify(sums.meant)}`]),
    ...unequal,
    ...unwarned.map((client) => `not warned of what was spent: ${JSON.stringify(client)}`),
    ...accounts,
    ...held.map((call) => `money is held for a call that is booked: ${call}`),
    ...(questions.hung > 0 ? [`${questions.hung} questions were left without an answer`] : []),
    ...(questions.asked > 0 && questions.answered === 0 ? ['no question was answered'] : []),
    ...(marked === written ? [] : [`${marked} of ${written} records are marked`]),
    ...struck
      .filter(({ kind, restarts }) => kind === failover && restarts > 0)
      .map(({ restarts }) => `${restarts} processes had to be started anew after the failover`),
    ...late.map(
      ({ kind, stopMs, heldMs }) =>
        `${kind.name}: a stop of ${Math.round(stopMs)} ms, calls through after ${Math.round(heldMs)} ms`,
    ),
  ]
}
