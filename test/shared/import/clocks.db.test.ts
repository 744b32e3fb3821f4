import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { run } from '../../support/processes.ts'

const billing = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-clocks-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const day = 86_400_000
const file = join(folder, 'Master.csv')
writeFileSync(
  file,
  `"","201","4930123456","in","","SIP/201-1","SIP/900-2","Dial","","2026-03-01 12:00:00","2026-03-01 12:00:01","2026-03-01 12:01:01",61,60,"ANSWERED","DOCUMENTATION","1.1",""\n`,
)

/** What import, on a host whose clock is so far off, makes of a source of its own with one record of this year. */
async function importWithClock(name: string, offMs: number) {
  await aSource(billing.db, { name })
  const preload = join(folder, `${name}.mjs`)
  writeFileSync(
    preload,
    `const Real = Date
    globalThis.Date = class extends Real {
      constructor(...values) { values.length === 0 ? super(Real.now() + ${offMs}) : super(...values) }
      static now() { return Real.now() + ${offMs} }
    }`,
  )
  const { code, stdout, stderr } = await run('stages/import.ts', ['--drain'], {
    DATABASE_URL: billing.url,
    SOURCE: name,
    CDR_URL: `csv://${file}`,
    NODE_OPTIONS: `--import ${preload}`,
  })
  const { rows } = await billing.db.query<{ records: number; rejected: number; failure: string | null }>(
    `select count(cdr.id)::integer as records, count(cdr.rejected)::integer as rejected, max(failure) as failure
    from source join source_position on source_id = source.id left join cdr on cdr.source_id = source.id where name = $1`,
    [name],
  )
  return { code, stdout, stderr, ...rows[0] }
}

describe('a host whose clock is wrong', () => {
  it('reads nothing while it is years behind, and says which clock says what', async () => {
    const { code, stderr, ...kept } = await importWithClock('years', -8 * 365 * day)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^import: The clock of this host says \d{4}-\S+ \S+ UTC, that of the database \d{4}-\S+ \S+ UTC: nothing is read until the wrong one is set right\.$/m,
    )
    expect(kept).toMatchObject({
      records: 0,
      failure: expect.stringContaining('The clock of this host') as string,
    })
  })

  it('reads on when it is half a day off, rejects nothing, and says so once', async () => {
    const { code, stdout, ...kept } = await importWithClock('hours', -day / 2)
    expect({ code, records: kept.records, rejected: kept.rejected }).toEqual({
      code: 0,
      records: 1,
      rejected: 0,
    })
    expect(stdout.split('the clocks of this host and of the database differ')).toHaveLength(2)
  })
})
