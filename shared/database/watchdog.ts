// A server that vanishes without a word leaves its clients waiting: TCP tells them after a quarter of an hour. So a connection
// on which nothing comes is asked after over another one, and cut when its session is not at work there.

import type { Socket } from 'node:net'

import type pg from 'pg'

import { codeOf } from '../errors/whose-fault.ts'
import { connect, disconnect } from './connect.ts'

const lookMs = 1_000
// After so many looks without a byte something may be wrong: a resting lane asks every second. Looks are counted and not
// seconds, so that a process that was stopped for a while does not blame the server.
const silentMost = 4

const atWorkQuery = `-- watch: which of the sessions that say nothing are at work?
select pid from pg_stat_activity where pid = any ($1) and state <> 'idle' and state not like 'idle in transaction%'`

// What pg keeps of a connection; its published types leave out the process id and say less of the stream.
interface Inside {
  processID: number
  connection: { stream: Socket }
}

interface Watched {
  pid: number
  stream: Socket
  heard: number
  silent: number
}

/** Watches connections on which something is to be heard every second or two, each until it has ended, until `stop` aborts. */
export function createWatchdog(
  databaseUrl: string,
  role: string,
  stop: AbortSignal,
): (client: pg.Client) => void {
  const watched = new Set<Watched>()
  const look = async (): Promise<void> => {
    for (const one of watched) {
      one.silent = one.stream.bytesRead === one.heard ? one.silent + 1 : 0
      one.heard = one.stream.bytesRead
    }
    const suspects = [...watched].filter(({ silent }) => silent > silentMost)
    if (suspects.length === 0) return
    const atWork = await whoIsAtWork(databaseUrl, role, suspects)
    for (const one of suspects) {
      if (atWork.includes(one.pid)) one.silent = 0
      else if (one.stream.bytesRead === one.heard)
        one.stream.destroy(new Error('connection terminated: no answer'))
    }
  }
  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined))
  }, lookMs)
  stop.addEventListener('abort', () => {
    clearInterval(timer)
  })
  return (client) => {
    const { processID, connection } = client as unknown as Inside
    const one = { pid: processID, stream: connection.stream, heard: 0, silent: 0 }
    watched.add(one)
    client.once('end', () => watched.delete(one))
  }
}

/** The sessions that are at work; all of them when the server is there but cannot say. */
async function whoIsAtWork(
  databaseUrl: string,
  role: string,
  suspects: readonly Watched[],
): Promise<number[]> {
  const pids = suspects.map(({ pid }) => pid)
  try {
    const db = await connect(databaseUrl, `${role} watch`, lookMs)
    try {
      const { rows } = await db.query<{ pid: number }>(atWorkQuery, [pids])
      return rows.map(({ pid }) => pid)
    } finally {
      await disconnect(db)
    }
  } catch (error) {
    return /^[0-9A-Z]{5}$/.test(codeOf(error) ?? '') && codeOf(error) !== '25006' ? pids : []
  }
}
