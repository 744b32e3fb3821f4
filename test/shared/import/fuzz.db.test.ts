import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import fc from 'fast-check'
import Libsql from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'

import { aSource } from '../../support/builders.ts'
import { formatOf } from '../../../shared/sources/registry.ts'
import { useDatabase } from '../../support/database.ts'
import { drain } from '../../support/importing.ts'

const billing = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-fuzz-'))
let runs = 0

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const names = [
  'calldate',
  'src',
  'dst',
  'channel',
  'dstchannel',
  'disposition',
  'duration',
  'billsec',
  'uniqueid',
]
const good = [
  '2026-03-01 12:00:00',
  '201',
  '84951234567',
  'SIP/201-1',
  'SIP/t-2',
  'ANSWERED',
  '65',
  '60',
  '1.1',
]
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
// What exchanges really write, what is nearly that, and what nothing writes.
const odd = fc.constantFrom(
  '',
  'NULL',
  '-1',
  '1e9',
  '99999999999999999999',
  '0000-00-00 00:00:00',
  '9999-12-31 23:59:59',
  '2026-02-30 00:00:00',
  '1.5',
  '\u0000',
  '"',
  '\\"',
  '\\N',
  'x'.repeat(70_000),
  '\ud800',
  '٣',
  '2026-03-01T12:00:00Z',
)
const text = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 30 }))
const cell = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: text })

/** Everything that was read is a call, or says why it is none. */
async function expectVerdicts(id: number, least: number): Promise<void> {
  const { rows } = await billing.db.query<{ records: number; without: number }>(
    `select count(*)::integer as records,
       count(*) filter (where rejected is null and left_out is null and part_of is null and call.id is null)::integer as without
     from cdr left join paidcalls call on call.cdr_id = cdr.id where cdr.source_id = $1`,
    [id],
  )
  expect(rows[0]?.without).toBe(0)
  expect(rows[0]?.records).toBeGreaterThanOrEqual(least)
}

async function importFrom(url: string, format: string, least: number): Promise<void> {
  const name = `fuzz ${runs++}`
  const id = await aSource(billing.db, { name, format })
  await drain(billing.url, name, url)
  await expectVerdicts(id, least)
}

const path = () => join(folder, `${runs}`)
const fileUrl = (scheme: string, file: string) => pathToFileURL(file).href.replace('file:', scheme)

describe('import is never stopped', () => {
  it('by a file of any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            bytes,
            text.map((one) => Buffer.from(one)),
          ),
          { maxLength: 60 },
        ),
        async (lines) => {
          const file = path()
          const whole = lines.map((line) => Buffer.concat([line, Buffer.from('\n')]))
          writeFileSync(
            file,
            Buffer.concat([Buffer.from(`${names.join(',')}\n${good.join(',')}\n`), ...whole]),
          )
          await importFrom(fileUrl('csv:', file), 'asterisk', 1)
        },
      ),
      { numRuns: 8 },
    )
  })

  it.each(['asterisk', 'freeswitch', 'kamailio', 'cdr-pusher', 'cdr-stats'])(
    'by records of the format %s with any columns, of any content',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.subarray(names, { minLength: 1 }),
          fc.array(fc.array(cell, { minLength: names.length, maxLength: names.length }), {
            minLength: 1,
            maxLength: 40,
          }),
          async (some, rows) => {
            // Without what a price needs it is not read at all.
            const { wants } = formatOf({ format, mapping: {}, filter: [] })
            const needed = wants.filter((want) => !want.columns.some((column) => some.includes(column)))
            const columns = [...some, ...needed.flatMap((want) => want.columns.slice(0, 1))]
            const file = path()
            const db = new Libsql(file)
            db.exec(`create table cdr (${columns.map((column) => `"${column}"`).join(', ')})`)
            const insert = db.prepare(`insert into cdr values (${columns.map(() => '?').join(', ')})`)
            for (const row of rows)
              insert.run(
                columns.map((column, at) =>
                  Buffer.from(row[at % names.length] ?? good[names.indexOf(column)] ?? ''),
                ),
              )
            db.close()
            await importFrom(`${fileUrl('sqlite:', file)}?table=cdr`, format, rows.length)
          },
        ),
        { numRuns: 3 },
      )
    },
  )
})
