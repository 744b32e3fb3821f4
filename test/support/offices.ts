// Traffic of offices as rules see it: weeks of the demo's generator, and frauds that nobody tuned for, each from a seed.

import { parse } from 'csv-parse/sync'

import { createDice } from '../../demo/dice.ts'
import type { Dice } from '../../demo/dice.ts'
import { generateCalls } from '../../demo/generate.ts'
import { planOf } from '../../shared/dialling/libphonenumber.ts'
import { numberKind } from '../../shared/dialling/number-kind.ts'
import { parseMoney } from '../../shared/money/money.ts'
import type { RuleCall } from '../../shared/rules/call.ts'

export const firstMonday = Date.UTC(2026, 8, 7)
export const week = 7 * 86_400_000

/** What a minute costs: enough to tell dear from cheap. */
const perMinute = (number: string): string =>
  /^(88|870)/.test(number) ? '6.00' : /^(44|49|1|33)/.test(number) ? '0.03' : '0.25'

export function aCallOf(
  office: number,
  {
    key,
    ended,
    duration,
    billable,
    number,
    direction = 'out',
  }: {
    key: string
    ended: number
    duration: number
    billable: number
    number: string
    direction?: string
  },
): RuleCall {
  const price = direction === 'in' ? 0n : (parseMoney(perMinute(number)) / 60n) * BigInt(billable)
  const { country = null, kind = 'none' } = numberKind(number, planOf('GB')) ?? {}
  return {
    ...{
      key,
      ended,
      began: ended - duration * 1000,
      duration,
      billable,
      answered: billable > 0,
      number,
      direction,
    },
    ...{ source: office, client: office, provider: direction === 'internal' ? null : office },
    ...{ country, kind },
    ...{ currency: 'EUR', total: price, master: price, cost: null, costCurrency: null },
  }
}

/** Weeks of normal traffic of one office, `records` a week. */
export function officeTraffic(office: number, seed: number, weeks: number, records: number): RuleCall[] {
  return Array.from({ length: weeks }, (_, at) => {
    const monday = (firstMonday + at * week) / 1000
    const lines: string[][] = parse(generateCalls(records, { seed: seed * 1000 + office * 10 + at, monday }))
    return lines.flatMap((line, nr): RuleCall[] => {
      const [, , , context = '', , , , , , , , end = '', duration = '', talked = '', , , , user = ''] = line
      const [, outside] = /^outside (\d+)$/.exec(user) ?? []
      const isIn = context === 'from-carrier'
      if (outside === undefined && !isIn) return []
      return [
        aCallOf(office, {
          key: `${office} ${at} ${nr}`,
          ended: Date.parse(`${end.replace(' ', 'T')}Z`),
          duration: Number(duration),
          billable: Number(talked),
          number: outside ?? '442079460001',
          direction: isIn ? 'in' : 'out',
        }),
      ]
    })
  }).flat()
}

export type Fraud = 'hacked at night' | 'drip' | 'wangiri'

/** Calls of a fraud that begins at a moment. */
export function fraudOf(fraud: Fraud, office: number, began: number, dice: Dice): RuleCall[] {
  const calls: RuleCall[] = []
  const add = (at: number, billable: number, number: string, direction = 'out', ring = 2): void => {
    const duration = billable + ring
    calls.push(
      aCallOf(office, {
        ...{ key: `${fraud} ${office} ${began} ${calls.length}`, duration, billable, number, direction },
        ended: began + at * 1000 + duration * 1000,
      }),
    )
  }
  switch (fraud) {
    case 'hacked at night':
      for (let at = 0; at < 4 * 3600; at += dice.between(20, 90))
        add(at, dice.between(30, 300), `8816${dice.pick(['31', '41', '51'])}${dice.digits(6)}`)
      break
    case 'drip': {
      const country = dice.pick(['25261', '37129', '38164'])
      for (let at = 0; at < 12 * 3600; at += dice.between(600, 1800))
        add(at, dice.between(120, 400), `${country}${dice.digits(6)}`)
      break
    }
    case 'wangiri':
      for (let at = 0; at < 600; at += dice.between(3, 15))
        add(at, 1, '442079460001', 'in', dice.between(0, 1))
      for (let at = 120; at < 3600; at += dice.between(30, 200))
        add(at, dice.between(20, 120), `21698${dice.digits(6)}`)
      break
  }
  return calls
}

/** Dice of a seed. */
export const diceOf = (seed: number): Dice => createDice(seed)
