// Questions to the numbering plan of a country, asked the way a bill asks.

import type { InlandKind, NumberingPlan } from './libphonenumber.ts'

/** Whether these digits are a national number: of a shape and length the country has, whether or not it is in use. */
export function isNational(digits: string, plan: NumberingPlan): boolean {
  if (!plan.shapes.some((shape) => shape.test(digits))) return false
  return plan.usualLengths.has(digits.length) || kindInUse(digits, plan) !== null
}

/** What a national number is, when libphonenumber knows it to be in use in this very country; else null. */
export function kindInUse(digits: string, plan: NumberingPlan): InlandKind | null {
  return (
    plan.kinds.find(({ lengths, pattern }) => lengths.has(digits.length) && pattern.test(digits))?.kind ??
    null
  )
}

/**
 * What a national number most likely is that libphonenumber does not know to be in use: what its neighbours are, those with
 * the most leading digits in common. Never toll free, since nobody would notice a call given away by mistake.
 */
export function kindOfNeighbours(digits: string, plan: NumberingPlan): InlandKind {
  const length = plan.usualLengths.has(digits.length) ? digits.length : Math.max(...plan.usualLengths)
  for (let kept = length - 3; kept >= 2; kept--) {
    for (const filler of ['2', '5', '8']) {
      const kind = kindInUse(digits.slice(0, kept).padEnd(length, filler), plan)
      if (kind !== null && kind !== 'toll free') return kind
    }
  }
  return 'national'
}

/** The digits without the trunk prefix that begins them, or as they were. */
export function withoutTrunk(digits: string, plan: NumberingPlan): string {
  const found = plan.trunk?.exec(digits)
  if (!plan.trunk || !found) return digits
  const isReplaced = plan.trunkReplacement !== null && found.length > 1 && found.at(-1) !== undefined
  return isReplaced ? digits.replace(plan.trunk, plan.trunkReplacement ?? '') : digits.slice(found[0].length)
}
