// Which countries somebody called when, for days: per country and hour how many answered calls there were, and their first and last minute. Pure.

const hour = 60
const day = 24 * hour
/** Who is known for less is not judged: to him all countries would be new. */
const knownDays = 3

interface Hour {
  calls: number
  first: number
  last: number
}

export class SeenCountries {
  private readonly countries = new Map<string, Map<number, Hour>>()
  private earliest = Infinity

  note(country: string, minute: number, sign: 1 | -1): void {
    if (minute < this.earliest) this.earliest = minute
    let hours = this.countries.get(country)
    if (!hours) this.countries.set(country, (hours = new Map<number, Hour>()))
    const at = Math.floor(minute / hour)
    const known = hours.get(at)
    if (!known) {
      if (sign > 0) hours.set(at, { calls: 1, first: minute, last: minute })
      return
    }
    known.calls += sign
    if (known.calls === 0) hours.delete(at)
    known.first = Math.min(known.first, minute)
    known.last = Math.max(known.last, minute)
  }

  /** Whether somebody was at work long enough before a minute. */
  isKnown(before: number, days: number): boolean {
    return this.earliest <= before - Math.min(days, knownDays) * day
  }

  /** Whether the country was called in the days before a minute. */
  has(country: string, before: number, days: number): boolean {
    const since = before - days * day
    for (const { first, last } of this.countries.get(country)?.values() ?? []) {
      if (first < before && last >= since) return true
    }
    return false
  }

  /** Forgets what was before a minute. */
  forget(before: number): void {
    for (const [country, hours] of this.countries) {
      for (const [at, { last }] of hours) if (last < before) hours.delete(at)
      if (hours.size === 0) this.countries.delete(country)
    }
  }
}
