// The faults. Each does its harm, and is over when nothing but the programs themselves stands in the way of work.

import type { ChildProcess } from 'node:child_process'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { codeOf, isNobodysFault } from '../../shared/errors/whose-fault.ts'
import { oneOf } from './plan.ts'
import type { Random } from './plan.ts'
import { withAdmin } from './world.ts'
import type { World } from './world.ts'

export interface Kind {
  name: string
  /** While it lasts nobody can work: what counts is how soon work goes on when it is over. */
  stops: boolean
  strike: (world: World, random: Random) => Promise<void>
}

const frozenMs = 22_000

export const kinds: readonly Kind[] = [
  ...['import', 'client', 'destination', 'tariff', 'schedule', 'rollup', 'watch', 'notify', 'authorize'].map(
    (stage): Kind => ({
      name: `${stage} process killed`,
      stops: false,
      strike: ({ workers }, random) => signal(oneOf(ofStage(workers, stage), random), 'SIGKILL'),
    }),
  ),
  {
    name: 'all processes killed',
    stops: false,
    strike: async ({ workers, adminUrl }) => {
      await Promise.all(workers.map((worker) => signal(worker, 'SIGKILL')))
      await withAdmin(adminUrl, (db) => untilAtWork(db, workers.length))
    },
  },
  {
    name: 'PostgreSQL stopped at once, and started',
    stops: true,
    strike: async ({ postgres }, random) => {
      await postgres.crash()
      await rest(random() * 3_000)
      await postgres.start()
    },
  },
  {
    name: 'a backend of PostgreSQL killed (out of memory)',
    stops: true,
    strike: async ({ adminUrl }, random) => {
      const pids = await withAdmin(adminUrl, sessions)
      if (pids.length > 0) process.kill(oneOf(pids, random), 'SIGKILL')
      await untilAnswers(adminUrl)
    },
  },
  {
    name: "the exchanges' server killed, and started",
    stops: true,
    strike: async ({ mysql }, random) => {
      await mysql.crash()
      await rest(random() * 3_000)
      await mysql.start()
    },
  },
  {
    name: "the exchanges' server frozen for a while",
    stops: true,
    strike: async ({ mysql }, random) => {
      const pid = mysql.pid()
      if (pid === undefined) return
      process.kill(pid, 'SIGSTOP')
      await rest(2_000 + random() * 4_000)
      process.kill(pid, 'SIGCONT')
    },
  },
  {
    name: 'connections half-open: silent, not closed',
    stops: false,
    strike: ({ wires }) => {
      for (const wire of wires) wire.hush()
      return Promise.resolve()
    },
  },
  ...['import', 'client', 'destination', 'tariff'].map((stage): Kind => ({
    name: `${stage} process frozen with a call in hand, for ${frozenMs / 1_000} s`,
    stops: false,
    strike: async ({ workers, adminUrl }, random) => {
      const child = oneOf(ofStage(workers, stage), random).child()
      await withAdmin(adminUrl, (db) => freezeAtWork(db, stage, child))
      await rest(frozenMs)
      child.kill('SIGCONT')
    },
  })),
  {
    name: 'clock of a process 23 hours off',
    stops: false,
    strike: ({ workers }, random) => signal(oneOf(workers, random), 'SIGUSR2'),
  },
  {
    name: 'disk full (53100)',
    stops: true,
    strike: ({ adminUrl }, random) =>
      withAdmin(adminUrl, async (db) => {
        await db.query(diskFull)
        for (const { name, event } of written)
          await insist(
            db,
            `create trigger disk_is_full before ${event} on ${name} execute function disk_is_full()`,
          )
        await rest(500 + random() * 1_500)
        for (const { name } of written) await insist(db, `drop trigger disk_is_full on ${name}`)
        await db.query('drop function disk_is_full')
      }),
  },
  {
    name: 'out of connections (53300)',
    stops: true,
    strike: async ({ adminUrl, stageUrl }, random) => {
      const taken: Database[] = []
      const until = performance.now() + 1_000 + random() * 2_000
      await withAdmin(adminUrl, async (db) => {
        while (performance.now() < until) {
          // Those that come back find their place taken.
          const [taking] = await Promise.all([
            takeConnection(stageUrl),
            harm(db, 'pg_terminate_backend', random),
          ])
          if (taking) taken.push(taking)
        }
      })
      await Promise.all(taken.map((one) => disconnect(one)))
    },
  },
  {
    name: 'statements cancelled (pg_cancel_backend)',
    stops: false,
    strike: ({ adminUrl }, random) =>
      withAdmin(adminUrl, async (db) => {
        for (let at = 0; at < 30; at++) await harm(db, 'pg_cancel_backend', random)
      }),
  },
  {
    name: 'backends terminated (pg_terminate_backend)',
    stops: false,
    strike: ({ adminUrl }, random) =>
      withAdmin(adminUrl, async (db) => {
        for (let at = 0; at < 10; at++) await harm(db, 'pg_terminate_backend', random)
      }),
  },
  lock('rows of client and tarif locked', false, 'select from client, tarif for update'),
  lock('table tarif locked (access exclusive)', true, 'lock table tarif in access exclusive mode'),
  lock('tables paidcalls and cdr locked', true, 'lock table paidcalls, cdr in share row exclusive mode'),
  lock(
    'calls locked row by row',
    false,
    `select from paidcalls where status <> 'tarif defined' limit 20 for update skip locked`,
  ),
  lock('positions of the sources locked', true, 'select from source_position for update'),
]

/** Comes once, at the end. */
export const failover: Kind = {
  name: 'PostgreSQL lost for good, its standby promoted',
  stops: true,
  strike: async (world) => {
    await world.postgres.crash()
    const { standby } = world
    await rest(500)
    const db = await connect(`${standby.url()}?target_session_attrs=any`, 'faults')
    await db.query('select pg_promote()')
    await disconnect(db)
    world.postgres = standby
  },
}

const diskFull = `create function disk_is_full() returns trigger language plpgsql as $$ begin
  raise exception using errcode = '53100', message = 'could not extend file: No space left on device';
end $$`
const written = [
  { name: 'cdr', event: 'insert' },
  { name: 'rating_decision', event: 'insert' },
  { name: 'paidcalls', event: 'update' },
]

/** Again when the stages won a deadlock. */
async function insist(db: Database, statement: string): Promise<void> {
  for (;;) {
    try {
      await db.query(statement)
      return
    } catch (error) {
      if (codeOf(error) !== '40P01') throw error
    }
  }
}

/** An administrator's psql with a transaction open. */
function lock(name: string, stops: boolean, statement: string): Kind {
  return {
    name,
    stops,
    strike: ({ adminUrl }, random) =>
      withAdmin(adminUrl, async (db) => {
        await insist(db, `rollback; begin; ${statement}`)
        await rest(1_000 + random() * 4_000)
        await db.query('rollback')
      }),
  }
}

const ofStage = (workers: World['workers'], stage: string): World['workers'] =>
  workers.filter((worker) => worker.stage === stage)

function signal(worker: World['workers'][number], name: NodeJS.Signals): Promise<void> {
  worker.child().kill(name)
  return Promise.resolve()
}

/** Stops it at a moment when it holds a claim: tries again until it does. */
async function freezeAtWork(db: Database, stage: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    child.kill('SIGSTOP')
    await rest(100)
    const { rowCount } = await db.query(
      `select from pg_stat_activity
      where application_name = $1 and state = 'idle in transaction' and state_change < clock_timestamp() - interval '90 ms'`,
      [`paidcalls ${stage}`],
    )
    if (rowCount) return
    child.kill('SIGCONT')
    await rest(30)
  }
}

/** Until so many processes say that they are at work, which they had not said before. */
async function untilAtWork(db: Database, processes: number): Promise<void> {
  const { rows } = await db.query<{ now: string }>('select clock_timestamp()::text as now')
  const started = 'select from stage_process where started > $1::timestamptz having count(*) >= $2'
  for (const since = performance.now(); !(await db.query(started, [rows[0]?.now, processes])).rowCount;) {
    if (performance.now() - since > 60_000) throw new Error('Not all processes are at work again.')
    await rest(100)
  }
}

/** What one of the stages' sessions suffers from a DBA. */
async function harm(db: Database, by: string, random: Random): Promise<void> {
  const pids = await sessions(db)
  if (pids.length > 0) await db.query(`select ${by}($1)`, [oneOf(pids, random)])
  await rest(20)
}

async function sessions(db: Database): Promise<number[]> {
  const { rows } = await db.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name similar to 'paidcalls (import|client|destination|tariff|schedule|rollup|watch|notify|authorize)%' order by pid`,
  )
  return rows.map(({ pid }) => pid)
}

async function takeConnection(url: string): Promise<Database | undefined> {
  try {
    return await connect(url, 'faults')
  } catch (error) {
    // There is none left, and the standby only reads.
    if (isNobodysFault(error)) return undefined
    throw error
  }
}

async function untilAnswers(url: string): Promise<void> {
  // Sees that it is gone only after a moment.
  await rest(300)
  for (;;) {
    try {
      await withAdmin(url, (db) => db.query('select'))
      return
    } catch {
      await rest(50)
    }
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
