// Four exchanges in one MariaDB, which write generated calls while everything else happens.

import { createConnection } from 'mysql2/promise'
import type { Connection } from 'mysql2/promise'

import type { Database } from '../../shared/database/connect.ts'
import { generate, generatedRecords } from '../support/generated.ts'
import type { Control } from '../support/generated.ts'
import type { Question } from './questions.ts'

const atOnce = 500
const againMs = 100
const awayMostMs = 60_000
// Before one call of so many it is asked.
const askedOf = 5

// The table of the README.
const table = (name: string): string => `create table ${name} (
  ID integer not null auto_increment primary key,
  marked tinyint not null default 0,
  calldate datetime not null,
  src varchar(80) not null default '', dst varchar(80) not null default '', dcontext varchar(80) not null default '',
  channel varchar(80) not null default '', dstchannel varchar(80) not null default '',
  duration integer not null default 0, billsec integer not null default 0,
  lastapp varchar(80) not null default '', lastdata varchar(80) not null default '',
  disposition varchar(45) not null default '',
  accountcode varchar(20) not null default '', uniqueid varchar(150) not null default '',
  key calldate (calldate), key dst (dst)
) engine=InnoDB character set utf8mb4`

const columns =
  'ID, calldate, src, dst, channel, dstchannel, duration, billsec, disposition, accountcode, uniqueid'

interface Row {
  table: string
  values: unknown[]
}

export interface Exchanges {
  /** What all the calls should come to. */
  meant: Control
  names: readonly string[]
  written: () => number
  /** Writes the next calls; waits while the server is away. */
  write: (calls: number) => Promise<void>
  /** Calls that are there and marked. */
  marked: () => Promise<number>
  close: () => Promise<void>
}

const hourMs = 3_600_000

/** The offices of generated.ts must be there. `ask`: whether a call may be made, of which the record is written when there is an answer. */
export async function openExchanges(
  mysqlUrl: string,
  db: Database,
  calls: number,
  ask: (question: Question) => Promise<void>,
): Promise<Exchanges> {
  // Rules judge calls of the last days: the first of these ended two hours ago.
  const since = new Date(Math.floor(Date.now() / hourMs - 2) * hourMs).toISOString()
  const meant = await generate(db, calls, true, since)
  const rows = await recordsOf(db)
  const names = [...new Set(rows.map((row) => row.table))].sort()
  const url = `${mysqlUrl}exchanges`
  const first = await createConnection(mysqlUrl)
  await first.query('create database exchanges character set utf8mb4')
  await first.query('use exchanges')
  for (const name of names) await first.query(table(name))
  await first.end()

  let written = 0
  let connection: Connection | undefined
  const asked = async <Result>(question: (my: Connection) => Promise<Result>): Promise<Result> => {
    for (const since = performance.now(); ;) {
      try {
        if (!connection) {
          connection = await createConnection({ uri: url, connectTimeout: 2_000 })
          connection.on('error', () => undefined)
        }
        return await question(connection)
      } catch (error) {
        if (performance.now() - since > awayMostMs) throw error
        connection?.destroy()
        connection = undefined
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    }
  }
  const writeSome = async (some: readonly Row[]): Promise<void> => {
    await Promise.all(
      some.filter((_, at) => (written + at) % askedOf === 0).map((row) => ask(questionOf(row))),
    )
    for (const name of names) {
      const values = some.filter((row) => row.table === name).map((row) => row.values)
      // What was written before an answer was lost is not written twice.
      if (values.length > 0)
        await asked((my) => my.query(`insert ignore into ${name} (${columns}) values ?`, [values]))
    }
    written += some.length
  }
  return {
    meant,
    names,
    written: () => written,
    async write(count) {
      const upTo = Math.min(written + count, rows.length)
      while (written < upTo) await writeSome(rows.slice(written, Math.min(upTo, written + atOnce)))
    },
    async marked() {
      const counts = names.map((name) => `select count(*) as marked from ${name} where marked = 1`)
      const [found] = await asked((my) =>
        my.query(`select cast(sum(marked) as char) as marked from (${counts.join(' union all ')}) counts`),
      )
      return Number((found as { marked: string }[])[0]?.marked)
    },
    close: async () => connection?.end(),
  }
}

function questionOf({ table: source, values }: Row): Question {
  const [, , caller, dialled, channel, dstchannel, , , , accountcode, call_ref] = values.map(String)
  return {
    ...{ source, caller: caller ?? '', dialled: dialled ?? '', channel: channel ?? '' },
    ...{ dstchannel: dstchannel ?? '', accountcode: accountcode ?? '', call_ref: call_ref ?? '' },
  }
}

/** Wall-clock times of the exchange, and ids that count on. */
async function recordsOf(db: Database): Promise<Row[]> {
  const { rows } = await db.query<Record<string, unknown> & { exchange: string }>(
    `select source.name as exchange, row_number() over (partition by source.id order by record.id) as nr,
      to_char(record.calldate at time zone source.time_zone, 'YYYY-MM-DD HH24:MI:SS') as calldate, src, dst, channel,
      dstchannel, duration, billsec, disposition, accountcode, record.id::text as uniqueid
    from (${generatedRecords}) record
    join source on source.id = record.source
    order by record.id`,
  )
  return rows.map(({ exchange, ...values }) => ({ table: exchange, values: Object.values(values) }))
}
