import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Libsql from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'

import type { Position } from '../../../shared/sources/record/reader.ts'
import { formatOf, openReader } from '../../../shared/sources/registry.ts'
import { useDatabase } from '../../support/database.ts'
import { useMysql } from '../../support/importing.ts'

const exchange = useDatabase()
const mysql = useMysql()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-heavy-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const [rows, bytes] = [60, 400_000]
const format = formatOf({ format: 'asterisk', mapping: {}, filter: [] })

describe('a source whose rows hold half a megabyte each', () => {
  it.each<[string, () => Promise<string>]>([
    [
      'PostgreSQL, by a key',
      async () => {
        await exchange.db.query(
          `create table keyed (id serial primary key, calldate timestamp, dst varchar(80), json text);
          insert into keyed (calldate, dst, json)
          select timestamp '2026-03-01' + interval '1 second' * nr, nr, repeat('x', ${bytes}) from generate_series(1, ${rows}) nr`,
        )
        return `${exchange.url}?table=keyed`
      },
    ],
    [
      'PostgreSQL, by time, where each row is of another second',
      async () => {
        await exchange.db.query(
          `create table timed (calldate timestamp, dst varchar(80), json jsonb);
          insert into timed select timestamp '2026-03-01' + interval '1 second' * nr, nr, to_jsonb(repeat('x', ${bytes}))
          from generate_series(1, ${rows}) nr`,
        )
        return `${exchange.url}?table=timed`
      },
    ],
    [
      'MariaDB, by a key',
      async () => {
        await mysql.my.query(
          'create table heavy (id int auto_increment primary key, calldate datetime, dst varchar(80), xml longtext)',
        )
        for (let nr = 1; nr <= rows; nr++)
          await mysql.my.query('insert into heavy (calldate, dst, xml) values (?, ?, ?)', [
            '2026-03-01 12:00:00',
            String(nr),
            'x'.repeat(bytes),
          ])
        return `${mysql.url}?table=heavy`
      },
    ],
    [
      'MariaDB, by time, all in one second',
      async () => {
        await mysql.my.query('create table heavy_timed (calldate datetime, dst varchar(80), xml longtext)')
        await mysql.my.query('insert into heavy_timed select calldate, dst, xml from heavy')
        return `${mysql.url}?table=heavy_timed`
      },
    ],
    [
      'SQLite',
      () => {
        const path = join(folder, 'master.db')
        const db = new Libsql(path)
        db.exec('create table cdr (AcctId integer primary key, calldate text, dst text, userfield text)')
        const insert = db.prepare('insert into cdr (calldate, dst, userfield) values (?, ?, ?)')
        for (let nr = 1; nr <= rows; nr++) insert.run('2026-03-01 12:00:00', String(nr), 'x'.repeat(bytes))
        db.close()
        return Promise.resolve(`sqlite://${path}?table=cdr`)
      },
    ],
  ])('is read in batches of a few megabytes, every row once: %s', async (_, prepare) => {
    const reader = openReader(new URL(await prepare()), () => format)
    const dialled: string[] = []
    let heaviest = 0
    try {
      for (let position: Position = {}, more = true; more;) {
        const batch = await reader.read(position)
        await batch.stored?.()
        heaviest = Math.max(heaviest, batch.records.length)
        dialled.push(...batch.records.map(({ record }) => record['dst'] ?? ''))
        ;({ position, more } = batch)
      }
    } finally {
      await reader.close()
    }
    expect(dialled.map(Number).sort((one, other) => one - other)).toEqual(
      Array.from({ length: rows }, (__, at) => at + 1),
    )
    // Twenty weigh eight megabytes; parts of one second are only about as heavy as each other.
    expect(heaviest).toBeLessThanOrEqual(35)
  })
})
