import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { ring, seedTable, useMysql } from '../support/importing.ts'
import { run } from '../support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-check-'))

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const check = (name: string, cdrUrl: string) =>
  run('stages/import.ts', ['--check'], { DATABASE_URL: billing.url, SOURCE: name, CDR_URL: cdrUrl })

describe('import --check', () => {
  it('shows records with the calls they would become, and why others would not, in 80 columns', async () => {
    const path = join(folder, 'Master.csv')
    const call = (began: string, src: string, billsec: string) =>
      `${began},${src},84951234567,ANSWERED,70,${billsec},${'x'.repeat(200)}\n`
    writeFileSync(
      path,
      [
        call('2026-10-25 02:30:00', '201', '60'),
        call('soon', '\u001b[31mred\u0007', '60'),
        call('later', '202', '60'),
        call('2026-07-01 12:00:00', '203', 'x'),
        '1,2\n',
      ].join(''),
    )
    await aSource(billing.db, { name: 'office', time_zone: 'Europe/Berlin', country: 'DE' })
    const url = pathToFileURL(path).href.replace('file:', 'csv:')
    const { code, stdout, stderr } = await check(
      'office',
      `${url}?columns=calldate,src,dst,disposition,duration,billsec,dstchannel`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('office: format asterisk, clock of Europe/Berlin, country DE.')
    expect(stdout).toMatch(/1 {2}record {4}calldate="2026-10-25 02:30:00" src=201 dst=84951234567/)
    expect(stdout).toContain('became    a call: src=201 dst=84951234567')
    expect(stdout).toContain('began     2026-10-25 00:30:00 UTC, 2026-10-25 02:30:00 in Europe/Berlin')
    expect(stdout).toContain('became    nothing, it is rejected: calldate "soon" is no date')
    expect(stdout).toContain(
      [
        '5 records were read; 0 of them are here already.',
        '1 would become calls.',
        '4 would be rejected:',
        '      2  calldate "…" is no date',
        '      1  billsec "…" is no number of seconds',
        '      1  the line has 2 columns, not 7 columns',
        'Nothing was written.',
      ].join('\n'),
    )
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    // Nothing a terminal would obey.
    expect(stdout).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$/)
  })

  it('names what a price needs and the records do not have, with a mapping to try, and reads nothing', async () => {
    const path = join(folder, 'switch.csv')
    writeFileSync(
      path,
      'start;caller;dialed number;talk time;trunk\n2026-03-01 12:00:00;201;84951234567;60;carrier\n',
    )
    await aSource(billing.db, { name: 'unknown' })
    const url = pathToFileURL(path).href.replace('file:', 'csv:')
    const proposed = /Perhaps mapping = '(.*)'\.\n$/
    const refused = await check('unknown', url)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(proposed)
    const mapping = proposed.exec(refused.stderr)?.[1] ?? ''
    const refusedToo = await run('stages/import.ts', ['--drain'], {
      DATABASE_URL: billing.url,
      SOURCE: 'unknown',
      CDR_URL: url,
    })
    expect(refusedToo).toMatchObject({ code: 1, stderr: refused.stderr })
    await billing.db.query(`update source set mapping = $1 where name = 'unknown'`, [mapping])
    const { code, stdout } = await check('unknown', url)
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(stdout).toContain('became    a call: src=201 dst=84951234567')
    expect(stdout).toContain('dstchannel=carrier')
    expect((await billing.db.query(`select from cdr`)).rowCount).toBe(0)
  })

  it('writes nothing here or there, and reads the first of many', async () => {
    const table = 'cdr_check'
    await exchange.my.query(seedTable(table, 'InnoDB'))
    for (let first = 1; first <= 12_000; first += 4_000) await ring(exchange.my, table, first, 4_000)
    const id = await aSource(billing.db, { name: 'many' })
    const { code, stdout } = await check('many', `${exchange.url}?table=${table}`)
    expect(code).toBe(0)
    expect(stdout).toContain('10000 records were read, the first of more; 0 of them are here already.')
    expect(stdout).toContain('10000 would become calls.')
    const [marked] = await exchange.my.query(`select count(*) as n from ${table} where marked <> 0`)
    expect(marked).toEqual([{ n: 0 }])
    const { rows } = await billing.db.query(
      `select (select count(*) from cdr)::integer + (select count(*) from paidcalls)::integer
         + (select count(*) from source_position where source_id = $1)::integer as written`,
      [id],
    )
    expect(rows).toEqual([{ written: 0 }])
  })

  it('says in one sentence what keeps a source from being read', async () => {
    await aSource(billing.db, { name: 'nothing there' })
    const { code, stdout, stderr } = await check('nothing there', 'csv:///nowhere/Master.csv')
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe('import: There is no file /nowhere/Master.csv: check the path in CDR_URL.\n')
  })
})
