import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import Libsql from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'

import { aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { ring, seedTable, until, useMysql } from '../support/importing.ts'
import { run, start } from '../support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-import-'))
const program = 'stages/import.ts'
let names = 0

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const real = (name: string) => fileURLToPath(new URL(`../fixtures/asterisk/${name}`, import.meta.url))
const fileUrl = (scheme: string, path: string) => pathToFileURL(path).href.replace('file:', scheme)

async function anExchange(time_zone = 'Europe/Berlin'): Promise<{ name: string; id: number }> {
  const name = `exchange ${names++}`
  return { name, id: await aSource(billing.db, { name, time_zone }) }
}

async function aTable(engine: 'MyISAM' | 'InnoDB' = 'InnoDB'): Promise<{ table: string; url: string }> {
  const table = `cdr${names++}`
  await exchange.my.query(seedTable(table, engine))
  return { table, url: `${exchange.url}?table=${table}` }
}

const env = (source: string, cdrUrl: string) => ({
  DATABASE_URL: billing.url,
  SOURCE: source,
  CDR_URL: cdrUrl,
  LOG_LEVEL: 'info',
})

async function calls(sourceId: number): Promise<number> {
  const { rows } = await billing.db.query<{ calls: number }>(
    'select count(*)::integer as calls from paidcalls where source_id = $1',
    [sourceId],
  )
  return rows[0]?.calls ?? 0
}

/** What every backend knows of a call, in an order of its own; text, so that differences can be read. */
async function tale(sourceId: number): Promise<string[]> {
  const { rows } = await billing.db.query<{ tale: string }>(
    `select concat_ws(' ', calldate at time zone 'UTC', uniqueid, src, dst, channel, dstchannel, disposition, duration, billsec) as tale
     from paidcalls where source_id = $1 order by 1`,
    [sourceId],
  )
  return rows.map((row) => row.tale)
}

describe('real records of Asterisk', () => {
  const importFrom = async (cdrUrl: string, zone: string) => {
    const source = await anExchange(zone)
    const { code, stderr } = await run(program, ['--drain'], env(source.name, cdrUrl))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return source.id
  }
  const dump = async (name: string) => {
    const schema = `${exchange.name}_${name.slice(0, 3)}`
    await exchange.my.query(
      readFileSync(real(`${name}/asteriskcdrdb.mysqldump.sql`), 'utf8').replaceAll('asteriskcdrdb', schema),
    )
    await exchange.my.query(`use ${exchange.name}`)
    const url = new URL(exchange.url)
    url.pathname = `/${schema}`
    return { url: url.href, drop: () => exchange.my.query(`drop database ${schema}`) }
  }

  it.each([
    ['v16-dst-fold', 'Europe/Berlin', 21],
    ['v22-utc', 'UTC', 125],
  ])('of %s are the same calls from CSV, SQLite and MySQL', async (name, zone, count) => {
    const mysql = await dump(name)
    const csv = await importFrom(fileUrl('csv:', real(`${name}/Master.csv`)), zone)
    const sqlite = await importFrom(fileUrl('sqlite:', real(`${name}/master.db`)), zone)
    const odbc = await importFrom(mysql.url, zone)
    await mysql.drop()
    expect(await tale(csv)).toHaveLength(count)
    expect(await tale(sqlite)).toEqual(await tale(csv))
    expect(await tale(odbc)).toEqual(await tale(csv))
  })

  it('have the exact instants of the night when the clock was put back', async () => {
    const id = await importFrom(fileUrl('csv:', real('v16-dst-fold/Master.csv')), 'Europe/Berlin')
    const { rows } = await billing.db.query<{ off: number; answered_off: number; hours: number }>(
      `select max(abs(extract(epoch from calldate) - split_part(uniqueid, '.', 1)::numeric))::integer as off,
         max(abs(extract(epoch from answered_at - calldate) - (duration - billsec)))::integer as answered_off,
         count(distinct date_trunc('hour', calldate))::integer as hours
       from paidcalls where source_id = $1`,
      [id],
    )
    expect(rows).toEqual([{ off: 0, answered_off: 0, hours: 2 }])
  })
})

describe('the import process', () => {
  it('marks after a restart what it was killed over between its commit and the marking', async () => {
    const { table, url } = await aTable()
    const source = await anExchange()
    await ring(exchange.my, table, 1, 300)
    await exchange.my.query(`create trigger hold_${table} before update on ${table} for each row
      begin if get_lock('hold ${table}', 60) then do release_lock('hold ${table}'); end if; end`)
    await exchange.my.query(`select get_lock('hold ${table}', 0)`)
    const held = start(program, [], env(source.name, url))
    const marking = async () => {
      const [rows] = await exchange.my.query(
        `select id from information_schema.processlist where info like '%mark what is stored%${table}%' and id <> connection_id()`,
      )
      return (rows as { id: number }[])[0]?.id
    }
    await until('the marking to begin', async () => (await marking()) !== undefined)
    expect(await calls(source.id)).toBe(300)
    held.child.kill('SIGKILL')
    await held.ended
    await exchange.my.query(`kill ${await marking()}`)
    await until('the marking to end', async () => (await marking()) === undefined)
    await exchange.my.query(`do release_lock('hold ${table}'); drop trigger hold_${table}`)
    const [before] = await exchange.my.query(`select count(*) as n from ${table} where marked = 0`)
    expect(before).toEqual([{ n: 300 }])

    await ring(exchange.my, table, 301, 2)
    expect(await run(program, ['--drain'], env(source.name, url))).toMatchObject({ code: 0 })
    const [after] = await exchange.my.query(`select count(*) as n from ${table} where marked = 0`)
    expect(after).toEqual([{ n: 0 }])
    expect(await calls(source.id)).toBe(302)
  })

  it('loses and doubles nothing when it is killed again and again', async () => {
    const { table, url } = await aTable('MyISAM')
    const source = await anExchange()
    for (let first = 1; first <= 20_000; first += 5_000) await ring(exchange.my, table, first, 5_000)
    for (let round = 1; round <= 3; round++) {
      const { child, ended } = start(program, [], env(source.name, url))
      const before = await calls(source.id)
      await until('more calls', async () => (await calls(source.id)) > before + 1_000)
      child.kill('SIGKILL')
      await ended
    }
    expect(await run(program, ['--drain'], env(source.name, url))).toMatchObject({ code: 0 })
    const { rows } = await billing.db.query(
      `select count(*)::integer as calls, sum(dst::bigint)::integer as sum,
         bool_and(dst = previous + 1 || '') filter (where previous is not null) as in_order
       from (select dst, lag(dst::bigint) over (order by id) as previous from paidcalls where source_id = $1) ordered`,
      [source.id],
    )
    expect(rows).toEqual([{ calls: 20_000, sum: 200_010_000, in_order: true }])
    const [marks] = await exchange.my.query(`select count(*) as n from ${table} where marked = 0`)
    expect(marks).toEqual([{ n: 0 }])
  })

  it('loses and doubles nothing when it is killed while its file is rotated', async () => {
    const path = join(folder, 'rotated.csv')
    const line = (nr: number) => `2026-03-01 12:00:00,201,${nr},ANSWERED,70,60,trunk\n`
    let written = 0
    const write = (lines: number) => {
      const from = written
      written += lines
      appendFileSync(path, Array.from({ length: lines }, (_, at) => line(from + at + 1)).join(''))
    }
    const source = await anExchange('UTC')
    const url = `${fileUrl('csv:', path)}?columns=calldate,src,dst,disposition,duration,billsec,dstchannel`
    write(4_000)
    for (let round = 1; round <= 3; round++) {
      const before = await calls(source.id)
      const { child, ended } = start(program, [], env(source.name, url))
      await until('more calls', async () => (await calls(source.id)) > before)
      renameSync(path, `${path}.${round}`)
      write(2_500)
      child.kill('SIGKILL')
      await ended
    }
    expect(await run(program, ['--drain'], env(source.name, url))).toMatchObject({ code: 0 })
    const { rows } = await billing.db.query(
      `select count(*)::integer as calls, count(distinct dst)::integer as different, sum(dst::bigint)::integer as sum
       from paidcalls where source_id = $1`,
      [source.id],
    )
    expect(rows).toEqual([{ calls: written, different: written, sum: (written * (written + 1)) / 2 }])
  })

  it('reads on, shows that it is at work, counts when asked, and stops within a second', async () => {
    const path = join(folder, 'Master.csv')
    const lines = readFileSync(real('v22-utc/Master.csv'), 'utf8').split('\n')
    writeFileSync(path, lines.slice(0, 10).join('\n') + '\n')
    const source = await anExchange('UTC')
    const { child, ended, output } = start(program, [], env(source.name, fileUrl('csv:', path)))
    await until('the first calls', async () => (await calls(source.id)) === 10)
    appendFileSync(path, lines.slice(10, 20).join('\n'))
    await until('all whole lines', async () => (await calls(source.id)) === 19)
    renameSync(path, `${path}.1`)
    appendFileSync(`${path}.1`, '\n')
    writeFileSync(path, lines.slice(20).join('\n'))
    await until('the calls of both files', async () => (await calls(source.id)) === 125)

    const { rows: workers } = await billing.db.query(`select stage, pid from stage_process where pid = $1`, [
      child.pid,
    ])
    expect(workers).toEqual([{ stage: 'import', pid: child.pid }])
    await billing.db.query(`select pg_notify('paidcalls reconcile', $1)`, [String(source.id)])
    await until('the source to be counted', () => output().includes('source counted'))
    const reconciliation = `select records_in_source, records_here, difference, billsec_in_source = billsec_here as seconds, gone_at_the_source
      from reconciliation where source = $1`
    expect((await billing.db.query(reconciliation, [source.name])).rows).toEqual([
      { records_in_source: 125, records_here: 125, difference: 0, seconds: true, gone_at_the_source: 0 },
    ])

    const stopping = performance.now()
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
    expect(performance.now() - stopping).toBeLessThan(1_500)
    expect((await billing.db.query('select from stage_process where pid = $1', [child.pid])).rows).toEqual([])

    rmSync(`${path}.1`)
    expect(await run(program, ['--reconcile'], env(source.name, fileUrl('csv:', path)))).toMatchObject({
      code: 0,
    })
    expect((await billing.db.query(reconciliation, [source.name])).rows).toEqual([
      { records_in_source: 125, records_here: 125, difference: 0, seconds: true, gone_at_the_source: 20 },
    ])
  })

  it.each(['delete', 'wal'])(
    'never keeps an exchange from writing its SQLite file with the journal mode %s',
    async (mode) => {
      const path = join(folder, `${mode}.db`)
      copyFileSync(real('v22-utc/master.db'), path)
      const writer = new Libsql(path, { timeout: 1_000 })
      writer.exec(`pragma journal_mode = ${mode}; pragma synchronous = off`)
      const again = `insert into cdr select null, calldate, clid, src, dst, dcontext, channel, dstchannel, lastapp, lastdata, start, answer, "end",
      duration, billsec, disposition, amaflags, accountcode, uniqueid, userfield, linkedid, peeraccount, ? from cdr where AcctId = 1`
      writer.exec('begin')
      for (let nr = 0; nr < 3_000; nr++) writer.prepare(again).run(String(nr))
      writer.exec('commit')
      const source = await anExchange('UTC')
      const { child, ended } = start(program, [], env(source.name, fileUrl('sqlite:', path)))
      let [written, longestMs] = [0, 0]
      await until('all calls', async () => {
        for (let nr = 0; nr < 20 && written < 500; nr++, written++) {
          const began = performance.now()
          // Throws when the file stays locked for a second: then Asterisk drops the record.
          writer.prepare(again).run(`live ${written}`)
          longestMs = Math.max(longestMs, performance.now() - began)
        }
        return written === 500 && (await calls(source.id)) === 3_625
      })
      child.kill('SIGTERM')
      expect(await ended).toMatchObject({ code: 0, stderr: '' })
      expect(longestMs).toBeLessThan(1_000)
      writer.close()
    },
  )
})

describe('a source that has moved', () => {
  it('from a file to a database is refused with a sentence, until somebody says that nothing is there twice', async () => {
    const source = await anExchange('UTC')
    expect(
      await run(program, ['--drain'], env(source.name, fileUrl('csv:', real('v22-utc/Master.csv')))),
    ).toMatchObject({ code: 0 })
    const moved = env(source.name, fileUrl('sqlite:', real('v16-dst-fold/master.db')))
    const { code, stderr } = await run(program, ['--drain'], moved)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^import: exchange \d+ was read from csv and would now be read from sqlite, .*\.\n$/,
    )
    expect(await calls(source.id)).toBe(125)
    await billing.db.query(`update source_position set position = '{}' where source_id = $1`, [source.id])
    expect(await run(program, ['--drain'], moved)).toMatchObject({ code: 0 })
    expect(await calls(source.id)).toBe(146)
  })
})

describe('a mistake in the settings', () => {
  const master = fileUrl('csv:', real('v16-dst-fold/Master.csv'))
  const text = join(folder, 'text')
  writeFileSync(text, 'this is neither\n'.repeat(100))

  it.each([
    [
      'an unknown source',
      () => ({ SOURCE: 'nowhere', CDR_URL: master }),
      /^import: There is no source nowhere \(.*\): add a row to the table source\.\n$/,
    ],
    ['no source', () => ({ SOURCE: '', CDR_URL: master }), /^import: Configuration: SOURCE is not set/],
    [
      'an unknown scheme',
      () => ({ CDR_URL: 'ftp://host/Master.csv' }),
      /^import: Configuration: CDR_URL must begin with /,
    ],
    [
      'an unknown host',
      () => ({ CDR_URL: 'postgres://nowhere.invalid/db' }),
      /^import: The host is not known \(.*\): check it in the URL\.\n$/,
    ],
    [
      'two slashes',
      () => ({ CDR_URL: 'csv://Master.csv' }),
      /^import: CDR_URL names no file: write csv:\/\/\/path\/to\/file/,
    ],
    [
      'a missing file',
      () => ({ CDR_URL: 'csv:///nowhere/Master.csv' }),
      /^import: There is no file \/nowhere\/Master\.csv: /,
    ],
    [
      'a file that is no CSV',
      () => ({ CDR_URL: fileUrl('csv:', text) }),
      /^import: .* is no CSV of call records: /,
    ],
    [
      'a file that is no SQLite',
      () => ({ CDR_URL: fileUrl('sqlite:', text) }),
      /^import: .* is no SQLite file\.\n$/,
    ],
    [
      'an unknown table',
      () => ({ CDR_URL: `${exchange.url}?table=none` }),
      /^import: There is no table none in the database test_\w+ \(.*\): name it in CDR_URL with \?table=\.\n$/,
    ],
    [
      'a wrong password',
      () => ({ CDR_URL: exchange.url.replace(/:[^:@]*@/, ':wrong@') }),
      /^import: The server refuses the login \(.*\): check user and password in the URL\.\n$/,
    ],
    [
      'an unknown database',
      () => ({ CDR_URL: exchange.url.replace(/[^/]*$/, 'nodb') }),
      /^import: There is no such database \(.*\)/,
    ],
    [
      'a server that is not there',
      () => ({ CDR_URL: 'mysql://u:p@127.0.0.1:1/db' }),
      /^import: The server cannot be reached \(.*\): check host and port in the URL, and that it runs\.\n$/,
    ],
  ])('such as %s ends it with one sentence and code 1', async (_, settings, sentence) => {
    const source = await anExchange()
    const { code, stderr, stdout } = await run(program, ['--drain'], {
      ...env(source.name, ''),
      ...settings(),
    })
    expect(stderr).toMatch(sentence)
    expect(stderr.split('\n')).toHaveLength(2)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })
})
