// A question from beginning to end: what is known, the judgement, and the money held for it.

import type { Database } from '../database/connect.ts'
import { hold } from './hold.ts'
import { judge } from './judge.ts'
import type { Claim } from './judge.ts'
import type { Known } from './known.ts'
import { refusal } from './question.ts'
import type { Answer, Question } from './question.ts'

/** A call may be answered so many seconds after the question: the dearest of these moments decides. */
export const ringSec = 120
// An account that many ask for at once may be another by the time it is asked.
const triesMost = 20

export type Ask = (db: Database, question: Question, at: number) => Promise<Known>

/**
 * Answers one question on a connection that is its alone. Money is held, synchronously committed, before an answer that allows a call of a
 * limited client; `id` becomes the reservation's, unless the same call has one already. `extending`: the call was asked for at that moment
 * and goes on; it may be allowed more than reserve_sec together. Throws what the database throws.
 */
export async function authorize(
  db: Database,
  ask: Ask,
  question: Question,
  id: string,
  extending?: { since: number },
): Promise<Answer> {
  const at = extending?.since ?? Date.now()
  let known = await ask(db, question, at)
  for (let tries = 0; tries < triesMost; tries++) {
    const judgement = judge(known, {
      seconds: question.seconds,
      ring_sec: ringSec,
      isExtended: extending !== undefined,
    })
    if (!('claim' in judgement)) return judgement.answer
    const { claim } = judgement
    const held = await hold(db, known.account?.account_id ?? 0, asked(claim, known, question, id))
    if (held.outcome === 'reserved') return { ...judgement.answer, reservation: held.reservation ?? id }
    // Seconds of a bundle that others hold meanwhile change the price itself.
    known = claim.bundle_id === null ? { ...known, account: held } : await ask(db, question, at)
  }
  return refusal('no answer', 'the account is asked for too often at this moment', {
    client_id: known.client_id,
  })
}

/** What reserve_money() takes. */
function asked(claim: Claim, known: Known, question: Question, id: string): object {
  const { number, country, kind, source_id, account } = known
  return {
    ...claim,
    id,
    account_id: account?.account_id,
    source_id,
    call_ref: question.call_ref,
    channel: question.channel ?? '',
    number,
    country,
    kind,
    ends_sec: ringSec + claim.seconds,
    question,
  }
}

/** Gives back what a reservation holds; false when it has ended, or never was. */
export async function release(db: Database, id: string, why: 'release' | 'cancel'): Promise<boolean> {
  const { rows } = await db.query<{ ended: boolean }>({
    name: 'release',
    text: `-- authorize: give it back\nselect end_reservation($1, $2) as ended`,
    values: [id, why],
  })
  return rows[0]?.ended === true
}

/** The question of a reservation that is open, so that it can be asked again for more; undefined when it has ended. */
export async function questionOf(
  db: Database,
  id: string,
): Promise<{ question: Question; seconds: number; since: number } | undefined> {
  const { rows } = await db.query<{ question: Question; seconds: number; since: number }>({
    name: 'question',
    text: `-- authorize: what was asked?\nselect question, seconds, (extract(epoch from made_at) * 1000)::bigint as since from (select * from reservation where id = $1 offset 0) own where settled_at is null`,
    values: [id],
  })
  return rows[0]
}
