import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, describe, expect, inject, it } from 'vitest'

import { connect, disconnect } from '../shared/database/connect.ts'
import type { Database } from '../shared/database/connect.ts'
import { sentenceFor } from '../shared/errors/sentence.ts'
import { drain } from './support/importing.ts'
import { drainStages } from './support/lines.ts'
import { template, withDatabase } from './support/servers.ts'

// Records in shapes that others have reported, with made-up numbers: what an answered call over a trunk must come to. It never ends at
// 0 in silence, is never charged twice, and never vanishes.
const fixtures = fileURLToPath(new URL('./fixtures/found/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-found-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Case {
  id: string
  what: string
  ways: { file: string; format?: string; url?: string; mapping?: Record<string, unknown> }[]
  setup?: string
  right: string[][]
  total?: string[]
  clients?: string[]
  mayRefuse?: boolean
}

interface Small {
  id: string
  kind: string
  source: { format: string; country: string; area_code: string }
  providers: string[]
  owners: [kind: string, callerid: string][]
  header?: string
  columns?: string
  mapping?: Record<string, unknown>
  rows: string[][]
  accept: { sum?: string; rejected?: number; waits?: number }[]
}

// Written by hand beside this test.
const cases = JSON.parse(readFileSync(join(fixtures, 'cases.json'), 'utf8')) as Case[]
const small = JSON.parse(readFileSync(join(fixtures, 'records.json'), 'utf8')) as Small[]

interface Result {
  /** What it came to, or waits, rejected, left out, joined. */
  came: string
  total: string | null
  client: string | null
  sentence: string | null
}

/** A database of its own, in which the ids of rows begin at 1. */
async function withOwn<Found>(work: (db: Database, url: string) => Promise<Found>): Promise<Found> {
  const name = `found_${Math.random().toString(36).slice(2)}`
  const admin = await connect(inject('serverUrl'), 'test')
  await admin.query(`create database ${name} template ${template}`)
  const url = withDatabase(inject('serverUrl'), name)
  const db = await connect(url, 'test')
  try {
    return await work(db, url)
  } finally {
    await disconnect(db)
    await admin.query(`drop database ${name} with (force)`)
    await disconnect(admin)
  }
}

async function through(
  db: Database,
  url: string,
  source: { format: string; country: string; area_code: string | null; mapping: unknown },
  cdrUrl: string,
): Promise<Result[] | { refused: string }> {
  await db.query(
    `insert into source (name, format, country, area_code, mapping) values ('lab', $1, $2, $3, $4)`,
    [source.format, source.country, source.area_code, JSON.stringify(source.mapping)],
  )
  try {
    await drain(url, 'lab', cdrUrl)
  } catch (error) {
    return { refused: sentenceFor(error) }
  }
  await drainStages(url)
  const { rows } = await db.query<Result>(
    `select case when cdr.rejected is not null then 'rejected' when cdr.left_out is not null then 'left out'
        when call.id is null then 'joined' when call.problem is not null then 'waits'
        else trim_scale(call.total)::text end as came,
      call.total::text, call.client, coalesce(cdr.rejected, cdr.left_out, call.problem) as sentence
    from cdr left join paidcalls call on call.cdr_id = cdr.id order by cdr.id`,
  )
  return rows
}

const sum = (results: readonly Result[]): number =>
  Math.round(results.reduce((all, { came }) => all + (Number(came) || 0), 0) * 10_000) / 10_000

describe('whole calls as exchanges write them', () => {
  it.each(cases)('$id: $what', async ({ ways, setup, right, total, clients, mayRefuse }) => {
    const [way] = ways
    if (!way) throw new Error('a case has a way')
    await withOwn(async (db, url) => {
      await db.query(readFileSync(join(fixtures, 'setup.sql'), 'utf8'))
      if (setup !== undefined) await db.query(setup)
      const file = join(fixtures, way.file)
      const results = await through(
        db,
        url,
        { format: way.format ?? 'asterisk', country: 'GB', area_code: null, mapping: way.mapping ?? {} },
        way.url === undefined ? `csv://${file}` : way.url.replace('FILE', `//${file}`),
      )
      if ('refused' in results) {
        expect(mayRefuse, results.refused).toBe(true)
        return
      }
      const said = JSON.stringify(results)
      for (const [at, accepted] of right.entries()) expect(accepted, said).toContain(results[at]?.came)
      if (total) {
        const whole = String(sum(results))
        expect(
          total.includes(whole) || results.some(({ came }) => !/^\d/.test(came) && total.includes(came)),
          said,
        ).toBe(true)
      }
      if (clients) expect(results.map(({ client }) => client)).toEqual(clients)
    })
  })
})

describe('single records', () => {
  it.each(small)(
    '$id: $kind',
    async ({ source, providers, owners, header, columns, mapping, rows, accept }) => {
      await withOwn(async (db, url) => {
        await db.query(
          `insert into tarifplan (name, currency, first_sec, step_sec) values ('Standard', 'EUR', 60, 60);
        insert into tarif (tarifnum, code, price) values (1, '', 0.12);
        insert into client (name, tarif_id) values ('Acme', 1)`,
        )
        for (const channel of providers)
          await db.query('insert into provider (channel) values ($1)', [channel])
        for (const [kind, callerid] of owners)
          await db.query('insert into callerid (client_id, kind, callerid) values (1, $1, $2)', [
            kind,
            callerid,
          ])
        const file = join(folder, `${Math.random().toString(36).slice(2)}.csv`)
        writeFileSync(
          file,
          [...(header === undefined ? [] : [header]), ...rows.map((row) => row.join(','))].join('\n') + '\n',
        )
        const results = await through(
          db,
          url,
          { ...source, mapping: mapping ?? {} },
          `csv://${file}${columns === undefined ? '' : `?columns=${columns}`}`,
        )
        if ('refused' in results) throw new Error(results.refused)
        const said = JSON.stringify(results)
        const fits = accept.some(
          ({ sum: wanted, rejected, waits }) =>
            (wanted === undefined || String(sum(results)) === wanted) &&
            (rejected === undefined ||
              results.filter(({ came }) => came === 'rejected').length === rejected) &&
            (waits === undefined || results.filter(({ came }) => came === 'waits').length === waits),
        )
        expect(fits, said).toBe(true)
      })
    },
  )
})
