import { copyFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import Libsql from 'libsql'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readSqlite } from '../../../../shared/sources/files/sqlite.ts'
import { asterisk } from '../../../../shared/sources/formats/asterisk.ts'
import type { Position, ReadRecord } from '../../../../shared/sources/record/reader.ts'
import { readAll } from '../../../support/importing.ts'

const root = mkdtempSync(join(tmpdir(), 'paidcalls-sqlite-'))
const real = fileURLToPath(new URL('../../../fixtures/asterisk/v22-utc/master.db', import.meta.url))
let path: string
let exchange: Libsql.Database
let files = 0

const withKey =
  'create table cdr (AcctId integer primary key, calldate, src, dst, duration, billsec, disposition, uniqueid)'
const withoutKey = withKey.replace('AcctId integer primary key, ', '')

beforeEach(() => {
  path = join(root, `${files++}.db`)
  exchange = new Libsql(path)
})
afterEach(() => {
  exchange.close()
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

function ring(...dialled: number[]): void {
  for (const dst of dialled) {
    exchange
      .prepare(
        `insert into cdr (calldate, src, dst, duration, billsec, disposition) values ('2026-03-02 12:00:00', '201', ?, '65', '60.5', 'ANSWERED')`,
      )
      .run(String(dst))
  }
}

const url = (query = '') => new URL(`${pathToFileURL(path).href.replace('file:', 'sqlite:')}${query}`)
const reader = (query = '') => readSqlite(url(query), asterisk)
const read = (position?: Position) => readAll(reader(), position)
const dialled = (records: readonly ReadRecord[]) => records.map(({ record }) => record['dst'])
const keys = (records: readonly ReadRecord[]) => records.map(({ source_key }) => source_key)

describe('an SQLite file', () => {
  it.each(['delete', 'wal'])('with the journal mode %s is read on from where it was', async (mode) => {
    exchange.exec(`pragma journal_mode = ${mode}`)
    exchange.exec(withKey)
    ring(1, 2)
    const first = await read()
    expect(first.records[1]?.record).toEqual({
      acctid: '2',
      calldate: '2026-03-02 12:00:00',
      src: '201',
      dst: '2',
      duration: '65',
      billsec: '60.5',
      disposition: 'ANSWERED',
      uniqueid: null,
    })
    ring(3)
    expect(dialled((await read(first.position)).records)).toEqual(['3'])
  })

  it('gives a row that reuses the rowid of another a key of its own, and those that stay the one they had', async () => {
    exchange.exec(withKey)
    ring(1, 2, 3)
    const first = await read()
    exchange.exec('delete from cdr where AcctId > 1')
    ring(4, 5, 6)
    const second = await read(first.position)
    expect(dialled(second.records)).toEqual(['1', '4', '5', '6'])
    expect(keys(second.records).filter((key) => keys(first.records).includes(key))).toHaveLength(1)
  })

  it('keeps the keys of rows when VACUUM gives them other rowids', async () => {
    exchange.exec(withoutKey)
    ring(1, 2, 2, 3)
    const first = await read()
    expect(new Set(keys(first.records)).size).toBe(4)
    exchange.exec(`delete from cdr where dst = '1'; vacuum`)
    ring(2)
    const again = await read(first.position)
    expect(dialled(again.records)).toEqual(['2', '2', '3', '2'])
    expect(keys(again.records).filter((key) => !keys(first.records).includes(key))).toHaveLength(1)
  })

  it('numbers rows that are the same as if they had been read at once', async () => {
    exchange.exec(withoutKey)
    ring(1, 1)
    const first = await read()
    ring(1)
    const second = await read(first.position)
    expect([...keys(first.records), ...keys(second.records)]).toEqual(keys((await read()).records))
  })

  it('is read from the beginning when another file is put in its place', async () => {
    copyFileSync(real, path)
    const one = reader()
    const { position } = await readAll(one)
    unlinkSync(path)
    exchange = new Libsql(path)
    exchange.exec(withKey)
    ring(1)
    expect(dialled((await readAll(one, position)).records)).toEqual(['1'])
  })

  it('may hold text that is not UTF-8, and NUL', async () => {
    exchange.exec(withKey)
    exchange.exec(`insert into cdr (src, dst) values (cast(x'41c8' as text), 'a' || char(0) || 'b')`)
    expect((await read()).records[0]?.record).toMatchObject({ src: 'A\u00c8', dst: 'a\ufffdb' })
  })

  it('is counted a day in short steps', async () => {
    exchange.exec(withKey)
    ring(1, 2)
    exchange.exec(`insert into cdr (calldate, billsec) values ('2026-03-03 00:00:00', 7), (null, null)`)
    const parts = []
    for await (const part of reader().countDays()) parts.push(part)
    expect(parts).toEqual([
      { written: '', records: 1, billsec: '0.000000' },
      { written: '2026-03-02', records: 2, billsec: '121.000000' },
      { written: '2026-03-03', records: 1, billsec: '7.000000' },
    ])
  })

  it.each([
    [
      () => {
        path = `${path}.none`
      },
      /^There is no file .*: check the path in CDR_URL\.$/,
    ],
    [
      () => {
        writeFileSync((path = `${path}.txt`), 'this is text and no database\n'.repeat(100))
      },
      /^.* is no SQLite file\.$/,
    ],
    [
      () => {
        path = root
      },
      /is no file: CDR_URL must name the SQLite file itself\.$/,
    ],
    [() => undefined, /^There is no table cdr in .*: name it in CDR_URL with \?table=\.$/],
  ])('is refused with a sentence when it cannot be read %#', async (make, sentence) => {
    make()
    await expect(reader().open()).rejects.toThrow(sentence)
  })
})
