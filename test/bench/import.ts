// How fast records come in: the same records from a CSV file, from MariaDB and from PostgreSQL, and beside each run what PostgreSQL
// itself needs to `copy` the rows they became into the same tables, with the same indexes and triggers.

import { once } from 'node:events'
import { pathToFileURL } from 'node:url'

import { createConnection } from 'mysql2/promise'

import type { Database } from '../../shared/database/connect.ts'
import { cpuMicros, memoryOf } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import { spread } from './report.ts'
import type { Part } from './report.ts'
import { fillMysql, startSource } from './source.ts'
import { recordsQuery } from './world.ts'

const lookMs = 50
// A table without a mark: what is read is remembered here.
const dropMark = 'alter table cdr drop column marked'

interface Run {
  perSecond: number
  ofCopy: number
  node: number
  postgres: number
  memory: number
}

export async function benchImport(ground: Ground): Promise<Part> {
  const [records, pairs] = ground.quick ? [60_000, 3] : [300_000, 7]
  const yard = await ground.copyOf(await ground.model('import', (db) => writeExchange(db, records)))
  const mariadb = await startSource()
  try {
    const my = await createConnection(mariadb.url)
    await my.query(dropMark)
    await fillMysql(my, yard.db, 1, records)
    await my.end()
    const stores: Record<string, string> = {
      CSV: await writeCsv(yard.db),
      MariaDB: `${mariadb.url}?table=cdr`,
      PostgreSQL: `${yard.url}?table=exchange_cdr`,
    }
    const runs = new Map<string, Run[]>()
    for (let pair = 0; pair < pairs; pair++)
      for (const [store, url] of Object.entries(stores)) {
        const run = await importOnce(yard, url, records)
        const copied = await copyOnce(yard.db, records)
        runs.set(store, [...(runs.get(store) ?? []), { ...run, ofCopy: run.perSecond / copied }])
      }
    return {
      title: 'import: records from an exchange',
      how: `${records.toLocaleString('en')} records from each store, by one process, and after each run a copy of the rows that it made into cdr and paidcalls. ${pairs} pairs in turn. CPU of PostgreSQL is that of the session.`,
      columns: ['from', 'records/s', '÷ copy', 'Node µs/record', 'PostgreSQL µs/record', 'memory MB'],
      rows: [...runs].map(([store, all]) => [
        store,
        spread(all.map(({ perSecond }) => perSecond)),
        spread(
          all.map(({ ofCopy }) => ofCopy),
          2,
        ),
        spread(all.map(({ node }) => node)),
        spread(all.map(({ postgres }) => postgres)),
        spread(all.map(({ memory }) => memory)),
      ]),
    }
  } finally {
    await mariadb.stop()
  }
}

/** The records as an exchange has them, by the clock of source 1. */
async function writeExchange(db: Database, records: number): Promise<void> {
  await db.query(
    `create table exchange_cdr (id bigint generated always as identity primary key, calldate timestamp, src text, dst text, dcontext text,
      channel text, dstchannel text, duration integer, billsec integer, disposition text, accountcode text, uniqueid text)`,
  )
  await db.query(
    `insert into exchange_cdr (calldate, src, dst, dcontext, channel, dstchannel, duration, billsec, disposition, accountcode, uniqueid)
    select calldate at time zone 'Europe/Moscow', src, dst, 'from-internal', channel, dstchannel, billsec + 7, billsec, disposition,
      accountcode, uniqueid
    from (${recordsQuery}) record order by n`,
    [1, records],
  )
}

/** As cdr_csv.c writes Master.csv. */
async function writeCsv(db: Database): Promise<string> {
  const file = `${await dataFolder(db)}/Master.csv`
  await db.query(
    `copy (
      select accountcode, src, dst, dcontext, '"Office" <' || src || '>' as clid, channel, dstchannel, 'Dial' as lastapp,
        channel || '/' || dst || ',60,tT' as lastdata, to_char(calldate, 'YYYY-MM-DD HH24:MI:SS') as start,
        to_char(case when billsec > 0 then calldate + interval '7 s' end, 'YYYY-MM-DD HH24:MI:SS') as answer,
        to_char(calldate + duration * interval '1 s', 'YYYY-MM-DD HH24:MI:SS') as ended, duration, billsec, disposition,
        'DOCUMENTATION' as amaflags, uniqueid, '' as userfield
      from exchange_cdr order by id
    ) to '${file}' (format csv, force_quote (accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer,
      ended, disposition, amaflags, uniqueid, userfield))`,
  )
  return pathToFileURL(file).href.replace('file:', 'csv:')
}

/** From the first question to the source to the last commit: how long the program takes to start is left out. */
async function importOnce({ db, start }: Yard, url: string, records: number): Promise<Omit<Run, 'ofCopy'>> {
  await db.query('truncate cdr, paidcalls, source_position')
  await db.query('checkpoint')
  const program = start('stages/import.ts', 1, { SOURCE: 'bench', CDR_URL: url }, ['--drain'])
  const used = { begin: 0, node: 0, postgres: 0, memory: 0 }
  const look = setInterval(() => {
    used.node = Math.max(used.node, cpuMicros(program.pid))
    used.memory = Math.max(used.memory, memoryOf(program.pid))
    void sessionOf(db).then((pid) => {
      if (pid === undefined) return
      used.begin ||= used.node
      used.postgres = Math.max(used.postgres, cpuMicros(pid))
    })
  }, lookMs)
  await once(program, 'exit')
  clearInterval(look)
  const { rows } = await db.query<{ seconds: number; kept: number; calls: number }>(
    `select extract(epoch from moved_at - (select min(read_at) from cdr))::float as seconds, (select count(*) from cdr) as kept,
      (select count(*) from paidcalls) as calls
    from source_position`,
  )
  const { seconds = 0, kept = 0, calls = 0 } = rows[0] ?? {}
  if (kept !== records || calls !== records)
    throw new Error(`Of ${records} records ${kept} came in, and ${calls} became calls.`)
  return {
    perSecond: records / seconds,
    node: (used.node - used.begin) / records,
    postgres: used.postgres / records,
    memory: used.memory,
  }
}

/** Records a second, of the rows that are there now. */
async function copyOnce(db: Database, records: number): Promise<number> {
  const folder = await dataFolder(db)
  const tables = ['cdr', 'paidcalls'].map((table) => ({ table, file: `${folder}/${table}.copy` }))
  for (const { table, file } of tables) await db.query(`copy ${table} to '${file}'`)
  await db.query('truncate cdr, paidcalls')
  await db.query('checkpoint')
  const began = performance.now()
  await db.query('begin')
  for (const { table, file } of tables) await db.query(`copy ${table} from '${file}'`)
  await db.query('commit')
  return (records * 1_000) / (performance.now() - began)
}

async function dataFolder(db: Database): Promise<string> {
  const { rows } = await db.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
  return rows[0]?.folder ?? ''
}

async function sessionOf(db: Database): Promise<number | undefined> {
  const { rows } = await db.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'paidcalls import'`,
  )
  return rows[0]?.pid
}
