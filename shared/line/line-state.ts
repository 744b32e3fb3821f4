// What the lanes of a process have in common: what they hear, where they rest, what they have done.

import type pg from 'pg'

import type { Log } from '../program/log.ts'
import type { Away } from '../worker/away.ts'
import type { NotifyNext } from './notify-next.ts'

/** What a lane sees of its process. */
export interface Line {
  databaseUrl: string
  draining: boolean
  stop: AbortSignal
  log: Log
  /** Changes whenever calls behind the lanes were released: start from the front again. */
  readonly released: number
  /** Changes whenever there may be new calls. */
  readonly heard: number
  /** The highest id that any of its lanes has taken. */
  furthest: number
  /** Resting lanes may have something to do as well. */
  wakeAnother: () => void
  /** None of its lanes rests. */
  isBusy: () => boolean
  notifyNext: NotifyNext
  /** Until there may be something to do; not at all when more was heard since `heard`, not long when it was heard of in vain. */
  rest: (heard: number, inVain: boolean) => Promise<void>
  connected: (client: pg.Client) => void
  away: Away
  counts: Counts
}

/** What a process has done since it started. */
export interface Counts {
  claims: number
  /** Calls that have left a lane. */
  settled: number
  parked: number
  putAside: number
  connections: number
}
