// How often a key may ask: so many times a minute, of which a minute's worth may come at once. Each process counts for itself.

import { Problem } from './problem.ts'

/** Throws a Problem that says when to ask again. `now` in milliseconds. */
export function createRate(
  perMinute: number,
  now: () => number = () => performance.now(),
): (key: number) => void {
  const buckets = new Map<number, { left: number; at: number }>()
  return (key) => {
    const at = now()
    const bucket = buckets.get(key) ?? { left: perMinute, at }
    bucket.left = Math.min(perMinute, bucket.left + ((at - bucket.at) * perMinute) / 60_000)
    bucket.at = at
    buckets.set(key, bucket)
    if (bucket.left < 1) {
      const seconds = Math.ceil(((1 - bucket.left) * 60) / perMinute)
      throw new Problem(429, `This key may ask ${perMinute} times a minute.`, {
        'retry-after': String(seconds),
      })
    }
    bucket.left--
  }
}
