import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { freePort } from '../shared/embedded/port.ts'
import { useDatabase } from './support/database.ts'
import { insertGenerated, prepareOffices, whatIsWrong } from './support/generated.ts'
import { until } from './support/lines.ts'
import { untilHealthy } from './support/processes.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const program = join(root, 'node_modules', 'pm2', 'bin', 'pm2')
const runProgram = promisify(execFile)

describe('pm2, from ecosystem.config.js', () => {
  const database = useDatabase()
  const home = mkdtempSync(join(tmpdir(), 'paidcalls-pm2-'))

  afterAll(async () => {
    await pm2('kill')
    rmSync(home, { recursive: true, force: true })
  })

  let port = 0
  beforeAll(async () => {
    port = await freePort(4)
  })

  async function pm2(...args: string[]): Promise<string> {
    const counts = {
      CLIENT_PROCESSES: '2',
      DESTINATION_PROCESSES: '1',
      TARIFF_PROCESSES: '2',
      SCHEDULE_PROCESSES: '1',
      AUTHORIZE_PROCESSES: '2',
      AUTHORIZE_PORT: String(port),
      AGI_PORT: String(port + 2),
    }
    const { stdout } = await runProgram(process.execPath, [program, ...args], {
      cwd: root,
      env: {
        ...process.env,
        ...counts,
        PM2_HOME: home,
        DATABASE_URL: database.stageUrl,
        LOG_LEVEL: 'warn',
        SOURCE: '',
        CDR_URL: '',
      },
      maxBuffer: 1e8,
    })
    return stdout
  }

  /** What pm2 runs, as `name status`, and the process ids. */
  async function processes(): Promise<{ states: string[]; pids: number[] }> {
    const listed = await pm2('jlist')
    // pm2 may greet before it lists.
    const list = JSON.parse(listed.slice(listed.indexOf('['))) as {
      name: string
      pid: number
      pm2_env: { status: string }
    }[]
    return {
      states: list.map(({ name, pm2_env }) => `${name} ${pm2_env.status}`).sort(),
      pids: list.map(({ pid }) => pid).filter((pid) => pid > 0),
    }
  }

  const started = (count: number): Promise<number> =>
    until(
      database.db,
      'select where (select count(*) from workers where silent_since is null) = $1',
      [count],
      60_000,
      100,
    )

  it('starts the stages in the numbers the environment says, reloads them under load, and stops them clean', async () => {
    await prepareOffices(database.db)
    const meant = await insertGenerated(database.db, 8_000, true)
    // Half of them come while processes are reloaded, however long that takes.
    await database.db.query(`update paidcalls set due_at = 'infinity' where id > 4000`)
    const come = (upto: number) =>
      database.db.query(`update paidcalls set due_at = null where due_at = 'infinity' and id <= $1`, [upto])
    await pm2('start', 'ecosystem.config.js')
    await until(database.db, `select from paidcalls where status = 'tarif defined'`, [], 60_000, 50)
    const before = await processes()
    expect(before.states).toEqual([
      'authorize online',
      'authorize online',
      'client online',
      'client online',
      'destination online',
      'notify online',
      'rollup online',
      'schedule online',
      'tariff online',
      'tariff online',
      'watch online',
    ])

    const reloaded = new AbortController()
    const reloading = pm2('reload', 'all').finally(() => {
      reloaded.abort()
    })
    for (let upto = 4_000; !reloaded.signal.aborted; upto += 25) {
      await come(upto)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await reloading
    const { rows: left } = await database.db.query(
      `select from paidcalls where status <> 'tarif defined' and problem is null limit 1`,
    )
    await come(8_000)
    await until(
      database.db,
      `select where not exists (select from paidcalls where status <> 'tarif defined' and problem is null)`,
      [],
      90_000,
      100,
    )
    await started(11)
    const after = await processes()
    expect(left).toHaveLength(1)
    expect(after.states).toEqual(before.states)
    // The second authorize listens one port higher.
    for (const at of [port, port + 1]) await untilHealthy(at)
    expect(after.pids.filter((pid) => before.pids.includes(pid))).toEqual([])
    expect(await whatIsWrong(database.db)).toEqual([])
    const { rows } = await database.db.query(
      `select count(*) as calls, count(*) filter (where total is not null) as priced, trim_scale(sum(total)) as total,
        trim_scale(sum(master_total)) as master_total, trim_scale(sum(cost)) as cost from paidcalls`,
    )
    expect(rows[0]).toEqual(meant)

    await pm2('stop', 'all')
    expect((await processes()).states).toEqual(
      before.states.map((state) => state.replace('online', 'stopped')),
    )
    const { rows: staying } = await database.db.query('select stage, pid from stage_process')
    expect(staying).toEqual([])

    await pm2('kill')
    expect([...before.pids, ...after.pids].filter(isAlive)).toEqual([])
  }, 240_000)
})

describe('a setting in .env', () => {
  const database = useDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-env-'))
  const home = join(folder, 'pm2')

  beforeAll(() => {
    for (const name of ['stages', 'shared', 'sql', 'node_modules', 'package.json', 'tsconfig.json'])
      symlinkSync(join(root, name), join(folder, name))
    copyFileSync(join(root, 'ecosystem.config.js'), join(folder, 'ecosystem.config.js'))
    for (const exchange of ['a', 'b']) {
      mkdirSync(join(folder, exchange))
      copyFileSync(
        join(root, 'demo/data/asterisk/v16-dst-fold/Master.csv'),
        join(folder, exchange, 'Master.csv'),
      )
    }
  })
  afterAll(async () => {
    await pm2('kill')
    rmSync(folder, { recursive: true, force: true })
  })

  async function pm2(...args: string[]): Promise<void> {
    await runProgram(process.execPath, [program, ...args], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: undefined, PM2_HOME: home },
      maxBuffer: 1e8,
    })
  }

  /** As the operator writes it. */
  function write(url: string, b: string): void {
    const settings = {
      DATABASE_URL: url,
      SOURCE: 'a',
      CDR_URL: `csv://${folder}/a/Master.csv`,
      SOURCE_2: 'b',
      CDR_URL_2: `csv://${folder}/${b}`,
      METRICS_PORT: '19400',
      TARIFF_PROCESSES: '0',
      DESTINATION_PROCESSES: '0',
      SCHEDULE_PROCESSES: '0',
      ROLLUP_PROCESSES: '0',
      WATCH_PROCESSES: '0',
      NOTIFY_PROCESSES: '0',
    }
    writeFileSync(
      join(folder, '.env'),
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
  }

  it(
    'counts from the next reload on, for the database as for each exchange',
    { timeout: 120_000 },
    async () => {
      const { db } = database
      await db.query(
        `insert into source (name, time_zone) values ('a', 'Europe/Berlin'), ('b', 'Europe/Berlin')`,
      )
      const wrong = new URL(database.stageUrl)
      wrong.pathname = '/nowhere'
      write(wrong.href, 'missing.csv')
      await pm2('start', 'ecosystem.config.js')
      write(database.stageUrl, 'b/Master.csv')
      await pm2('reload', 'all')
      const read = `select from source join cdr on cdr.source_id = source.id where name in ('a', 'b') group by () having count(distinct name) = 2 and count(*) = 42`
      await until(db, read, [], 60_000, 100)
      await until(db, `select from stage_process having count(*) = 3`, [], 60_000, 100)
      for (const port of [19_400, 19_401, 19_420])
        expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
    },
  )

  it('leaves no silent process where one that was killed is replaced', { timeout: 60_000 }, async () => {
    const { db } = database
    const { rows } = await db.query<{ pid: number }>(`select pid from stage_process where stage = 'client'`)
    const [killed] = rows
    if (!killed) throw new Error('no client is at work')
    process.kill(killed.pid, 'SIGKILL')
    await until(
      db,
      `select from stage_process where stage = 'client' and pid <> $1`,
      [killed.pid],
      30_000,
      100,
    )
    await until(db, `select where not exists (select from stage_process where pid = $1)`, [killed.pid], 5_000)
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
