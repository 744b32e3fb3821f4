// Calls at one time above the channels a client has paid for. Pure.

/** When a call took its channel and gave it back, in milliseconds; the end is not included. */
export interface Busy {
  from: number
  until: number
}

export interface Above {
  /** The most calls at one time. */
  peak: number
  /** For each channel above those paid for the milliseconds it was in use, added up. */
  above_ms: number
}

/** Counts within a span of time; of two calls where one ends as the other begins only one is up. */
export function channelsAbove(calls: readonly Busy[], channels: number, within: Busy): Above {
  const turns = calls
    .map(({ from, until }) => ({ from: Math.max(from, within.from), until: Math.min(until, within.until) }))
    .filter(({ from, until }) => from < until)
    .flatMap(({ from, until }) => [
      { at: from, more: 1 },
      { at: until, more: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.more - b.more)
  let [up, peak, above_ms, since] = [0, 0, 0, within.from]
  for (const { at, more } of turns) {
    above_ms += Math.max(0, up - channels) * (at - since)
    since = at
    up += more
    peak = Math.max(peak, up)
  }
  return { peak, above_ms }
}

/**
 * How many units of the contract's price a month costs: minutes of channels above those paid for, a minute begun counting whole, once a
 * statement (as SIPSTATION bills bursts); or the channels by which the month's peak is above them (as PortaOne does).
 */
export function burstUnits(model: 'minutes' | 'peak', { peak, above_ms }: Above, channels: number): number {
  return model === 'peak' ? Math.max(0, peak - channels) : Math.ceil(above_ms / 60_000)
}
