// What tests of forgetting need: an exchange in Berlin with a file of records, and a search through everything that is kept.

import { appendFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Database } from '../../shared/database/connect.ts'
import { aCallerid, aClient, aPlan, aProvider, aSource, aTarif } from './builders.ts'
import { drain } from './importing.ts'
import { drainStages, rollUp } from './lines.ts'

export interface Office extends Exchange {
  client_id: number
  tarifnum: number
}

export interface Exchange {
  source: string
  source_id: number
  url: string
  /** Adds records to the file, each an answered minute unless it says otherwise. */
  ring: (...calls: Rung[]) => void
  /** Imports, prices and sums up. */
  work: () => Promise<void>
}

export interface Rung {
  src?: string
  dst: string
  /** As in the file: 2026-03-02 12:00:00. */
  at: string
  seconds?: number
  dstchannel?: string
  channel?: string
  /** One of its own if not said. */
  uniqueid?: string
}

let calls = 0

/** Client with caller ID 49301112220, a trunk, a plan for all numbers of Germany, and an exchange in Berlin. */
export async function anOfficeInBerlin(db: Database, databaseUrl: string): Promise<Office> {
  await aProvider(db, { channel: 'SIP/trunk' })
  const tarifnum = await aPlan(db)
  await aTarif(db, { tarifnum, code: '49' })
  const client_id = await aClient(db, { tarif_id: tarifnum, name: 'Acme' })
  for (const kind of ['number', 'did']) await aCallerid(db, client_id, '49301112220', { kind })
  return { client_id, tarifnum, ...(await anExchangeInBerlin(db, databaseUrl)) }
}

export async function anExchangeInBerlin(db: Database, databaseUrl: string): Promise<Exchange> {
  const source = `berlin ${++calls}`
  const source_id = await aSource(db, {
    ...{ name: source, country: 'DE', area_code: '30', outside_line: null, extension_digits: '{2}' },
    time_zone: 'UTC',
  })
  const file = join(mkdtempSync(join(tmpdir(), 'berlin-')), 'Master.csv')
  const url = `csv://${file}`
  return {
    ...{ source, source_id, url },
    ring(...rung) {
      for (const { src = '0301112220', dst, at, seconds = 60, ...channels } of rung) {
        const { channel = `SIP/${src}-00000001`, dstchannel = 'SIP/trunk-00000002' } = channels
        const { uniqueid = `${1_700_000_000 + ++calls}.1` } = channels
        const disposition = seconds > 0 ? 'ANSWERED' : 'NO ANSWER'
        const line = [
          '',
          src,
          dst,
          'office',
          `"A person" <${src}>`,
          channel,
          dstchannel,
          'Dial',
          `SIP/trunk/${dst}`,
        ]
        line.push(
          at,
          seconds > 0 ? at : '',
          at,
          String(seconds),
          String(seconds),
          disposition,
          'DOCUMENTATION',
          uniqueid,
          '',
        )
        appendFileSync(file, line.map((field) => `"${field.replaceAll('"', '""')}"`).join(',') + '\n')
      }
    },
    async work() {
      await drain(databaseUrl, source, url)
      await drainStages(databaseUrl)
      await rollUp(databaseUrl)
    },
  }
}

// A test that runs over midnight of the last day of a month keeps to its months.
const now = new Date()

/** A month so many months ago, such as 2026-03. */
export function month(ago: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 7)
}

/** Tables in which the digits stand, whatever stands between them, in any column of any type. */
export async function tablesWith(db: Database, digits: string): Promise<string[]> {
  const pattern = digits.replace(/\d(?=\d)/g, '$&[^0-9A-Za-z]{0,3}')
  const { rows: tables } = await db.query<{ name: string; bytes: string | null }>(
    `select relname as name, (select string_agg(format('encode(%I, ''escape'')', attname), ' || ') from pg_attribute
       where attrelid = pg_class.oid and atttypid = 'bytea'::regtype and not attisdropped) as bytes
     from pg_class where relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace) and relkind in ('r', 'm') order by 1`,
  )
  const found: string[] = []
  for (const { name, bytes } of tables) {
    const schema =
      (await db.query(`select from pg_class where oid = to_regclass('public.' || quote_ident($1))`, [name]))
        .rowCount === 1
        ? 'public'
        : 'pgboss'
    const { rowCount } = await db.query(
      `select from ${schema}."${name}" own where own::text ~ $1 ${bytes === null ? '' : `or ${bytes} ~ $1`} limit 1`,
      [pattern],
    )
    if (rowCount === 1) found.push(name)
  }
  return found
}
