// Whether a call may be made, from all that is known. Pure: the same facts give the same answer.

import type { Money } from '../money/money.ts'
import type { Account, Known, Price } from './known.ts'
import { allowance, refusal } from './question.ts'
import type { Answer, Code } from './question.ts'
import { isWithin, longestCall, readAmount, writeAmount } from './seconds.ts'
import type { Allowance } from './seconds.ts'

/** What is to be held, so that the answer may be given. */
export interface Claim {
  seconds: number
  amount: string
  value: string
  price: string
  bundle_id: number | null
  bundle_seconds: number
  bundle_held: number
}

export type Judgement = { answer: Answer } | { claim: Claim; answer: Answer }

export interface Terms {
  /** What is wanted, if less than the account allows at once. */
  seconds: number | undefined
  /** A call may be answered so many seconds after the question. */
  ring_sec: number
  /** A call that goes on may be allowed more than is reserved at once. */
  isExtended?: boolean
}

export function judge(known: Known, terms: Terms): Judgement {
  const { account, kind, number, country, client_id } = known
  const about = {
    number,
    country,
    kind,
    client_id,
    ...('costOf' in known.price ? { currency: known.price.currency } : {}),
  }
  if (kind === 'emergency')
    return { answer: allowance('emergency', 'emergency numbers are always allowed', about) }
  if (known.source_id === null) return { answer: refusal('no source', 'there is no such exchange', about) }
  if (kind === 'internal') return { answer: allowance('ok', 'calls within the office are free', about) }
  if (known.numberProblem !== null || kind === 'none')
    return {
      answer: refusal('no number', known.numberProblem ?? 'what was dialled is no telephone number', about),
    }
  if (known.clientProblem !== null || client_id === null)
    return { answer: refusal('no client', known.clientProblem ?? 'nobody owns the caller', about) }
  if (known.blocked !== null)
    return { answer: refusal('blocked number', `the number is blocked: ${known.blocked}`, about) }
  if (account === null)
    return {
      answer: allowance('ok', 'the client has no account, so it is not limited', {
        ...about,
        ...priceOf(known.price),
      }),
    }
  if (account.hold !== null) return { answer: refusal('held', `the account is held: ${account.hold}`, about) }
  if ('problem' in known.price) return { answer: refusal('no price', known.price.problem, about) }
  return limited(known.price, account, terms, about)
}

function limited(
  price: Price,
  account: Account,
  { seconds, ring_sec, isExtended = false }: Terms,
  about: Partial<Answer>,
): Judgement {
  const told = { ...about, price: price.figuresOf(1).price }
  const most_sec = isExtended
    ? (seconds ?? account.reserve_sec)
    : Math.min(account.reserve_sec, seconds ?? account.reserve_sec)
  const answers = price.isSteady(ring_sec + most_sec)
    ? [0]
    : Array.from({ length: ring_sec + 1 }, (_, after) => after)
  const firstSecond = (): Allowance =>
    longestCall(price.costOf, { most_sec: 1, money: null, value: null, price: null, answers })
  const ceiling = aboveCeiling(price, account, firstSecond)
  if (ceiling) return { answer: refusal(ceiling.code, ceiling.reason, told) }
  if (account.calls_most !== null && account.calls_open >= account.calls_most)
    return {
      answer: refusal(
        'too many calls',
        `${account.calls_open} calls are going on, and ${account.calls_most} may be`,
        told,
      ),
    }

  const [available, most] = [readAmount(account.available), readAmount(account.call_most)]
  const money = leastOf(available, most)
  const value = readAmount(account.value_left)
  const allowed = longestCall(price.costOf, {
    ...{ most_sec, money, value, answers },
    // It ends before its minutes become dearer than they may be.
    price: leastOf(readAmount(account.hold_above), readAmount(account.price_most)),
  })
  if (allowed.seconds === 0) {
    const first = firstSecond()
    if (value !== null && first.master > value)
      return {
        answer: refusal(
          'too much an hour',
          'calls within an hour have come to what the account allows',
          told,
        ),
      }
    if (most !== null && first.total > most)
      return {
        answer: refusal(
          'too dear',
          `the call begins with ${writeAmount(first.total)}, above ${account.call_most ?? ''}`,
          told,
        ),
      }
    return {
      answer: refusal(
        'no money',
        `${account.available ?? '0'} ${account.currency} is left, and the call begins with ${writeAmount(first.total)}`,
        told,
      ),
    }
  }
  const { free_sec, bundle_id } = price.figuresOf(allowed.seconds)
  const isFree = allowed.total === 0n && allowed.seconds === most_sec && free_sec === 0
  const answer = allowance('ok', isFree ? 'the call is free' : 'it can be paid for', {
    ...told,
    seconds: isFree && seconds === undefined ? null : allowed.seconds,
  })
  if (isFree && account.calls_most === null && value === null) return { answer }
  return {
    answer,
    claim: {
      seconds: allowed.seconds,
      amount: writeAmount(allowed.total),
      value: writeAmount(allowed.master),
      price: told.price,
      bundle_id,
      bundle_seconds: free_sec,
      bundle_held: bundle_id === null ? 0 : (account.bundles_held[bundle_id] ?? 0),
    },
  }
}

/** Which ceiling of the account the call is above from its first second on; undefined: none. */
function aboveCeiling(
  price: Price,
  { hold_above, price_most, fee_most }: Account,
  firstSecond: () => Allowance,
): { code: Code; reason: string } | undefined {
  // Most accounts have none, and where hours change each moment of the answer is priced for it.
  if (hold_above === null && price_most === null && fee_most === null) return undefined
  const first = firstSecond()
  const opening = price.figuresOf(1)
  if (!isWithin(first.price, readAmount(hold_above)))
    return { code: 'held', reason: `the account is held for calls above ${hold_above ?? ''} a minute` }
  if (!isWithin(first.price, readAmount(price_most)))
    return {
      code: 'too dear',
      reason: `${written(first.price, opening.price)} a minute is above ${price_most ?? ''}`,
    }
  if (!isWithin(first.fee, readAmount(fee_most)))
    return {
      code: 'too dear',
      reason: `the connect fee of ${written(first.fee, opening.connect_fee)} is above ${fee_most ?? ''}`,
    }
  return undefined
}

/** Of two limits the one that counts; null: there is none. */
function leastOf(one: Money | null, other: Money | null): Money | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

/** An amount with the digits of the plan, where it is the plan's. */
function written(amount: Money, asPlanned: string): string {
  return readAmount(asPlanned) === amount ? asPlanned : writeAmount(amount)
}

function priceOf(price: Known['price']): Partial<Answer> {
  return 'problem' in price ? {} : { price: price.figuresOf(1).price }
}
