// Money is counted, never measured: every amount is a whole number of units on bigint, and is rounded once, at the end.

/**
 * An exact amount in units of 1/6,000,000,000 of the currency: 10^8 for prices of up to 8 decimals, times 60 because a
 * price is per minute and a call is counted in seconds. Add, subtract and compare amounts as they are.
 */
export type Money = bigint

/** half up: half goes away from zero; up: any remainder goes away from zero; down: the remainder is cut off. */
export type Rounding = 'half up' | 'up' | 'down'

const unitsPerWhole = 6_000_000_000n
const pricedDecimals = 8
const unroundedDecimals = 16
const unroundedScale = 10n ** BigInt(unroundedDecimals)

/**
 * Reads what PostgreSQL writes for a numeric: '0.01234567', '-12', '1000000000.00'.
 * Throws a sentence for what is no number and for more than 8 decimals that count, which could not be kept exactly.
 */
export function parseMoney(text: string): Money {
  const found = /^(-?\d+)(?:\.(\d{1,8})0*)?$/.exec(text)
  if (!found) {
    throw new Error(`${JSON.stringify(text.slice(0, 40))} is no amount of money with at most 8 decimals`)
  }
  return BigInt(`${found[1] ?? ''}${(found[2] ?? '').padEnd(pricedDecimals, '0')}`) * 60n
}

/** What whole seconds cost at a price per minute. Exact for every price that was read by parseMoney. */
export function chargeFor(seconds: number, price: Money): Money {
  return (price / 60n) * BigInt(seconds)
}

/**
 * Rounds to `decimals`, all of which are written: '0.7000'. Below zero they round before the point: -2 to whole hundreds.
 */
export function roundMoney(money: Money, decimals: number, rounding: Rounding): string {
  const size = money < 0n ? -money : money
  const scaled = decimals > 0 ? size * 10n ** BigInt(decimals) : size
  const unit = decimals < 0 ? unitsPerWhole * 10n ** BigInt(-decimals) : unitsPerWhole
  const rest = scaled % unit
  const away = rounding === 'up' ? rest > 0n : rounding === 'half up' && rest * 2n >= unit
  const count = scaled / unit + (away ? 1n : 0n)
  const text = decimals < 0 ? String(count * 10n ** BigInt(-decimals)) : pointed(count, decimals)
  return money < 0n && count > 0n ? `-${text}` : text
}

/**
 * The amount before rounding, without trailing zeros. An exact decimal needs 10 decimals at most; one that never ends
 * (a sixtieth) is cut after 16. No such amount is nearer than 10^-10 to a tie or a whole unit of 8 decimals, so rounding
 * this text gives what rounding the amount gives.
 */
export function formatMoney(money: Money): string {
  const size = money < 0n ? -money : money
  const text = pointed((size * unroundedScale) / unitsPerWhole, unroundedDecimals)
  const shortest = text.replace(/\.?0+$/, '')
  return money < 0n ? `-${shortest}` : shortest
}

function pointed(count: bigint, decimals: number): string {
  const digits = String(count).padStart(decimals + 1, '0')
  return decimals > 0 ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits
}
