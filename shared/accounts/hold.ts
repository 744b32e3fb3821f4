// Holds money. Questions of this process for one account wait for each other here, and not for a lock in the database; those that came
// meanwhile are held together, in one transaction.

import type { Database } from '../database/connect.ts'
import { prepareOnce, send } from '../database/packet.ts'
import type { Account } from './known.ts'

/** `again`: the account is not as it was read; it says how it is. */
export type Held = Account & { outcome: 'reserved' | 'again'; reservation?: string }

interface Waiting {
  /** The connection of who waits, which is his alone. */
  db: Database
  asked: string
  resolve: (held: Held) => void
  reject: (error: unknown) => void
}

const queries = { reserve: `-- authorize: hold the money\nselect reserve_money($1)` }

// By account: who came while others are at work.
const queues = new Map<number, Waiting[]>()

/** Holds what is asked for, as reserve_money() takes it. Throws what the database throws, for all that were held together. */
export function hold(db: Database, account: number, asked: object): Promise<Held> {
  return new Promise((resolve, reject) => {
    const mine = { db, asked: JSON.stringify(asked), resolve, reject }
    const queue = queues.get(account)
    if (queue) queue.push(mine)
    else void holdAll(account, [mine])
  })
}

async function holdAll(account: number, [first, ...others]: readonly [Waiting, ...Waiting[]]): Promise<void> {
  queues.set(account, [])
  const { db } = first
  const together = [first, ...others]
  try {
    await prepareOnce(db, queries)
    const answers = await send(
      db,
      together.map(({ asked }) => ({ query: 'reserve', values: [asked] })),
    )
    // What reserve_money() gives back, one after another.
    for (const [at, { resolve }] of together.entries()) resolve(JSON.parse(answers[at]?.text ?? '') as Held)
  } catch (error) {
    for (const { reject } of together) reject(error)
  }
  const [next, ...more] = queues.get(account) ?? []
  if (next) void holdAll(account, [next, ...more])
  else queues.delete(account)
}
