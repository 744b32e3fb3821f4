// What a question will probably be found to be: as the last one of the same caller, and the last to such a number, were. Only a wish that is
// sent ahead and saves a round trip where it is right; what counts is what the database says this time.

import type { Question } from './question.ts'

// A caller or the beginning of a number takes about a kilobyte.
const most = 5_000

export interface Facts<Owner, Dialled> {
  owner: Owner
  dialled: Dialled
}

export interface Guess<Owner, Dialled> {
  /** Undefined where nothing like it was asked. */
  of: (question: Question) => Facts<Owner, Dialled> | undefined
  keep: (question: Question, facts: Facts<Owner, Dialled>) => void
}

export function createGuess<Owner extends object, Dialled extends object>(): Guess<Owner, Dialled> {
  const owners = new Map<string, Owner>()
  const numbers = new Map<string, Dialled>()
  return {
    of(question) {
      const [owner, dialled] = [owners.get(callerOf(question)), numbers.get(numberOf(question))]
      const { dialled: dst } = question
      return owner && dialled && { owner: { ...owner, dst }, dialled: { ...dialled, dst } }
    },
    keep(question, { owner, dialled }) {
      remember(owners, callerOf(question), owner)
      remember(numbers, numberOf(question), dialled)
    },
  }
}

/** The last asked stays longest. */
function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
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
