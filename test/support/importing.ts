// What tests of import have in common: a MySQL database of their own, and readers run to the end of their source.

import { createConnection } from 'mysql2/promise'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, inject } from 'vitest'

import { findSource } from '../../shared/cdr/source.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import { importRecords } from '../../shared/import/import-loop.ts'
import { createLog } from '../../shared/program/log.ts'
import { pause } from '../../shared/program/pause.ts'
import type { Position, Reader, ReadRecord } from '../../shared/sources/record/reader.ts'
import { openReader } from '../../shared/sources/registry.ts'
import { asStage } from './servers.ts'

/** Call at the top of a test file: a database of MariaDB that is there from the first test on and dropped at the end. */
export function useMysql(): { readonly my: Connection; readonly name: string; readonly url: string } {
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2)}`
  const server = inject('mysqlUrl')
  let my: Connection | undefined
  beforeAll(async () => {
    if (server === '') throw new Error(inject('mysqlProblem'))
    my = await createConnection({ uri: server, multipleStatements: true, dateStrings: true })
    await my.query(`set session sql_mode = ''; create database ${name} character set utf8mb4; use ${name}`)
  })
  afterAll(async () => {
    await my?.query(`drop database ${name}`)
    await my?.end()
  })
  return {
    get my() {
      if (!my) throw new Error('The database is there from the first test on.')
      return my
    },
    name,
    url: `${server}${name}`,
  }
}

/** Seed 001's table. */
export function seedTable(name: string, engine: 'MyISAM' | 'InnoDB'): string {
  return `create table ${name} (
    ID integer(11) not null auto_increment,
    marked tinyint(4) not null default '0',
    calldate datetime not null default '0000-00-00 00:00:00',
    src varchar(80) not null default '',
    dst varchar(80) not null default '',
    dcontext varchar(80) not null default '',
    channel varchar(80) not null default '',
    dstchannel varchar(80) not null default '',
    duration integer(11) not null default '0',
    billsec integer(11) not null default '0',
    lastapp varchar(80) not null default '',
    lastdata varchar(80) not null default '',
    disposition varchar(45) not null default '',
    primary key (ID), unique key ID (ID), key calldate (calldate), key dst (dst)
  ) engine=${engine} default charset=utf8`
}

/** Adds calls of a minute each to a table of MariaDB, one a second from `since` on; their dst counts on from `first`. */
export async function ring(my: Connection, table: string, first: number, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => [
    new Date(Date.UTC(2026, 2, 1) + (first + index) * 1_000).toISOString().slice(0, 19).replace('T', ' '),
    '201',
    String(first + index),
    'ANSWERED',
    70,
    60,
  ])
  await my.query(`insert into ${table} (calldate, src, dst, disposition, duration, billsec) values ?`, [rows])
}

/** Runs import in this process to the end of the source. */
export async function drain(databaseUrl: string, name: string, cdrUrl: string): Promise<void> {
  const db = await connect(databaseUrl, 'test')
  const source = await findSource(db, name).finally(() => disconnect(db))
  const reader = openReader(new URL(cdrUrl), () => source.format)
  await reader.open()
  await importRecords({
    databaseUrl: asStage(databaseUrl, inject('serverUrl')),
    source,
    reader,
    draining: true,
    stop: new AbortController().signal,
    log: createLog('import', { logLevel: 'silent' }),
    presence: { stage: 'import', lanes: 1, calls: 0 },
  })
}

/** Everything a reader has from a position on, and where it came to. */
export async function readAll(
  reader: Reader,
  position: Position = {},
): Promise<{ records: ReadRecord[]; position: Position }> {
  const records: ReadRecord[] = []
  for (let more = true; more;) {
    const batch = await reader.read(position)
    await batch.stored?.()
    records.push(...batch.records)
    position = batch.position
    more = batch.more
  }
  // As it comes back from the database.
  return { records, position: JSON.parse(JSON.stringify(position)) as Position }
}

/** Waits until something is so. Throws when it is not within forty seconds. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const since = Date.now(); !(await isSo());) {
    if (Date.now() - since > 40_000) throw new Error(`${what} did not come about`)
    await pause(20, new AbortController().signal)
  }
}
