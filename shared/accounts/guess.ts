// What a question will probably be found to be: as the last one of the same caller, and the last to such a number, were. Only a wish that is
// sent ahead and saves a round trip where it is right; what counts is what the database says this time.

import type { Outcome } from '../line/stage.ts'
import type { Question } from './question.ts'

// Of a caller some hundred bytes are kept, of the beginning of a number about a kilobyte.
const [callersMost, numbersMost] = [20_000, 2_000]

/** Whose call it is, as stage client finds it, and the facts of stage destination. */
export interface Found<Dialled> {
  source_id: number | null
  owned: Outcome
  dialled: Dialled
}

export interface Guess<Dialled> {
  /** Undefined where nothing like it was asked. */
  of: (question: Question) => Found<Dialled> | undefined
  keep: (question: Question, found: Found<Dialled>) => void
}

export function createGuess<Dialled extends object>(): Guess<Dialled> {
  const callers = new Map<string, Omit<Found<Dialled>, 'dialled'>>()
  const numbers = new Map<string, Dialled>()
  return {
    of(question) {
      const [caller, dialled] = [callers.get(callerOf(question)), numbers.get(numberOf(question))]
      return caller && dialled && { ...caller, dialled: { ...dialled, dst: question.dialled } }
    },
    keep(question, { source_id, owned, dialled }) {
      remember(callers, callersMost, callerOf(question), { source_id, owned })
      remember(numbers, numbersMost, numberOf(question), dialled)
    },
  }
}

/** The last asked stays longest. */
function remember<Value>(known: Map<string, Value>, most: number, key: string, value: Value): void {
  known.delete(key)
  known.set(key, value)
  const [oldest] = known.keys()
  if (known.size > most && oldest !== undefined) known.delete(oldest)
}

function callerOf({ source, caller, accountcode, channel, dstchannel }: Question): string {
  return JSON.stringify([source, caller, accountcode, withoutCall(channel), withoutCall(dstchannel)])
}

/** Rows of prefix begin what was dialled. */
function numberOf({ source, dialled }: Question): string {
  return JSON.stringify([source, dialled.slice(0, 6)])
}

/** Exchanges number the channels of a trunk, or of a telephone, call by call. */
function withoutCall(channel = ''): string {
  return channel.replace(/-[0-9a-f]+(;[12])?$/i, '')
}
