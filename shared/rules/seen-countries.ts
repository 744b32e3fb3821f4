// Which countries somebody called when, for days: per country and hour how many answered calls there were, and their first and last minute. Pure.

const hour = 60
const day = 24 * hour
/** Who is known for less is not judged: to him all countries would be new. */
const knownDays = 3

interface Hour {
  at: number
  calls: number
  first: number
  last: number
}

export class SeenCountries {
  /** The latest hour comes last. */
  private readonly countries = new Map<string, Hour[]>()
  private earliest = Infinity

  note(country: string, minute: number, sign: 1 | -1): void {
    if (minute < this.earliest) this.earliest = minute
    let hours = this.countries.get(country)
    if (!hours) this.countries.set(country, (hours = []))
    const at = Math.floor(minute / hour)
    let place = hours.length
    while (place > 0 && (hours[place - 1]?.at ?? 0) > at) place--
    const known = hours[place - 1]
    if (known?.at !== at) {
      if (sign > 0) hours.splice(place, 0, { at, calls: 1, first: minute, last: minute })
      return
    }
    known.calls += sign
    if (known.calls === 0) hours.splice(place - 1, 1)
    known.first = Math.min(known.first, minute)
    known.last = Math.max(known.last, minute)
  }

  /** Whether somebody was at work long enough before a minute. */
  isKnown(before: number, days: number): boolean {
    return this.earliest <= before - Math.min(days, knownDays) * day
  }

  /** Whether the country was called in the days before a minute. */
  has(country: string, before: number, days: number): boolean {
    const hours = this.countries.get(country) ?? []
    // The latest hour that began before it knows.
    for (let place = hours.length - 1; place >= 0; place--) {
      const known = hours[place]
      if (known && known.first < before) return known.last >= before - days * day
    }
    return false
  }

  /** Forgets what was before a minute. */
  forget(before: number): void {
    for (const [country, hours] of this.countries) {
      const kept = hours.filter(({ last }) => last >= before)
      if (kept.length === 0) this.countries.delete(country)
      else if (kept.length < hours.length) this.countries.set(country, kept)
    }
  }
}
