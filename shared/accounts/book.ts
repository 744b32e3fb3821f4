// Booking: what is summed of clients with an account is taken from their balance, and ends the reservations of its calls.

import type { Database } from '../database/connect.ts'

/** So many decisions in a transaction at most: a question for one of these accounts waits no longer than it takes. */
const atOnce = 100
const expireMs = 5_000

/** Books what there is, a little at a time; gives back how many decisions. Ends now and then what is over and left no record. */
export function createBooking(): (db: Database) => Promise<number> {
  let expiredAt = -expireMs
  return async (db) => {
    let booked = 0
    for (;;) {
      const { rows } = await db.query<{ booked: number }>({
        name: 'book',
        text: `-- rollup: book calls of accounts\nselect book_calls(${atOnce}) as booked`,
      })
      const count = rows[0]?.booked ?? 0
      booked += count
      if (count < atOnce) break
    }
    if (performance.now() - expiredAt >= expireMs) {
      expiredAt = performance.now()
      await db.query({
        name: 'expire',
        text: `-- rollup: end what is over\nselect expire_reservations(1000)`,
      })
    }
    return booked
  }
}

/** Whether everything is booked, also of what another process has in hand. */
export async function isAllBooked(db: Database): Promise<boolean> {
  const { rows } = await db.query<{ done: boolean }>(
    `-- drain: is every call booked?\nselect not exists (select from unbooked) as done`,
  )
  return rows[0]?.done === true
}
