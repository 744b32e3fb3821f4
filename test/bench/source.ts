// A MariaDB with a table of records, as Asterisk leaves them.

import { createConnection } from 'mysql2/promise'
import type { Connection } from 'mysql2/promise'

import type { Database } from '../../shared/database/connect.ts'
import { startMysql } from '../support/mariadb.ts'
import { recordsQuery } from './world.ts'

export interface Source {
  /** Of its database. */
  url: string
  stop: () => Promise<void>
}

export async function startSource(): Promise<Source> {
  const server = await startMysql()
  const my = await createConnection({ uri: server.url, multipleStatements: true })
  await my.query(
    `create or replace database bench character set utf8mb4; use bench;
    create table cdr (
      id integer not null auto_increment primary key, marked tinyint not null default 0, calldate datetime not null, src varchar(80) not null,
      dst varchar(80) not null, dcontext varchar(80) not null default 'from-internal', channel varchar(80) not null, dstchannel varchar(80) not null,
      duration integer not null, billsec integer not null, disposition varchar(45) not null, accountcode varchar(80) not null,
      uniqueid varchar(32) not null) engine=InnoDB`,
  )
  await my.end()
  return { url: `${server.url}bench`, stop: server.stop }
}

export type SourceRecord = Record<string, string | number>

/** The records of calls numbered `from` to `to` as the exchange writes them; their clock is that of source 1. */
export async function recordsFor(db: Database, from: number, to: number): Promise<SourceRecord[]> {
  const { rows } = await db.query<SourceRecord>(
    `select to_char(calldate at time zone 'Europe/Moscow', 'YYYY-MM-DD HH24:MI:SS') as calldate, src, dst, channel, dstchannel,
      billsec + 7 as duration, billsec, disposition, accountcode, uniqueid from (${recordsQuery}) record order by n`,
    [from, to],
  )
  return rows
}

/** Writes the records of calls numbered `from` to `to`. */
export async function fillMysql(my: Connection, db: Database, from: number, to: number): Promise<void> {
  for (let at = from; at <= to; at += 5_000) {
    const records = await recordsFor(db, at, Math.min(at + 4_999, to))
    const columns = Object.keys(records[0] ?? {})
    await my.query(`insert into cdr (${columns.join(', ')}) values ?`, [
      records.map((record) => columns.map((column) => record[column])),
    ])
  }
}
