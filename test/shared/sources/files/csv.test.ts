import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { readCsv } from '../../../../shared/sources/files/csv.ts'
import { asterisk } from '../../../../shared/sources/formats/asterisk.ts'
import type { Position, ReadRecord, SourceRecord } from '../../../../shared/sources/record/reader.ts'
import { readAll } from '../../../support/importing.ts'

const root = mkdtempSync(join(tmpdir(), 'paidcalls-csv-'))
let path: string
let folders = 0

beforeEach(() => {
  const folder = mkdtempSync(join(root, `${folders++}-`))
  path = join(folder, 'Master.csv')
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

/** A line of Master.csv with this dst. */
function line(dst: string | number, uniqueid = '1772452800.1'): string {
  return `"","201","${dst}","office","""Alice"" <201>","SIP/201-1","SIP/trunk-2","Dial","SIP/trunk/1,60","2026-03-02 12:00:00","2026-03-02 12:00:05","2026-03-02 12:01:05",65,60,"ANSWERED","DOCUMENTATION","${uniqueid}",""\n`
}

const reader = (query = '') =>
  readCsv(new URL(`${pathToFileURL(path).href.replace('file:', 'csv:')}${query}`), asterisk)
const dialled = (records: readonly ReadRecord[]) => records.map(({ record }) => record['dst'])
const keys = (records: readonly ReadRecord[]) => records.map(({ source_key }) => source_key)
const read = (position?: Position) => readAll(reader(), position)

describe('a CSV file', () => {
  it('is read on from where it was', async () => {
    writeFileSync(path, line(1) + line(2))
    const first = await read()
    expect(dialled(first.records)).toEqual(['1', '2'])
    expect(first.records[0]?.record).toMatchObject({
      clid: '"Alice" <201>',
      billsec: '60',
      uniqueid: '1772452800.1',
    })
    appendFileSync(path, line(3))
    expect(dialled((await read(first.position)).records)).toEqual(['3'])
  })

  it('keeps a half-written line for later', async () => {
    const whole = line(2)
    writeFileSync(path, line(1) + whole.slice(0, 30))
    const first = await read()
    expect(dialled(first.records)).toEqual(['1'])
    appendFileSync(path, whole.slice(30))
    expect(dialled((await read(first.position)).records)).toEqual(['2'])
  })

  it('is read to its end under the name it was rotated to, whatever that is', async () => {
    for (const rotated of ['Master.csv.1', 'Master.csv-20261121', 'Master-20261121.csv', 'Master.csv.old']) {
      writeFileSync(path, line(1))
      const first = await read()
      appendFileSync(path, line(2))
      renameSync(path, join(path, '..', rotated))
      writeFileSync(path, line(3))
      expect(dialled((await read(first.position)).records)).toEqual(['2', '3'])
      rmSync(join(path, '..', rotated))
    }
  })

  it('is read to its end in the copy when it was copied and truncated', async () => {
    writeFileSync(path, line(1))
    const first = await read()
    appendFileSync(path, line(2))
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
    appendFileSync(path, line(3))
    expect(dialled((await read(first.position)).records)).toEqual(['2', '3'])
  })

  it('is read from the beginning when it was truncated or replaced, also by one as long', async () => {
    writeFileSync(path, line(1) + line(2))
    const first = await read()
    truncateSync(path)
    appendFileSync(path, line(3))
    const second = await read(first.position)
    expect(dialled(second.records)).toEqual(['3'])
    writeFileSync(path, line(4) + line(5))
    expect(dialled((await read(second.position)).records)).toEqual(['4', '5'])
  })

  it('was rotated before anybody read it: the oldest file comes first', async () => {
    writeFileSync(`${path}.2`, line(1))
    writeFileSync(`${path}.1`, line(2))
    writeFileSync(path, line(3))
    utimesSync(`${path}.2`, 1_772_000_000, 1_772_000_000)
    utimesSync(`${path}.1`, 1_772_100_000, 1_772_100_000)
    writeFileSync(`${path}.bak`, line(4))
    const { records, position } = await read()
    expect(dialled(records)).toEqual(['1', '2', '3'])
    expect((await read(position)).records).toEqual([])
  })

  it('gives the same keys when it is read again, also for lines that are the same', async () => {
    writeFileSync(path, line(1) + line(1) + line(2) + line(1))
    const first = await read()
    expect(new Set(keys(first.records)).size).toBe(4)
    expect(keys((await read()).records)).toEqual(keys(first.records))
  })

  it('numbers lines that are the same as if it had been read at once', async () => {
    writeFileSync(path, line(1) + line(1))
    const first = await read()
    appendFileSync(path, line(2) + line(1) + line(2))
    const second = await read(first.position)
    expect([...keys(first.records), ...keys(second.records)]).toEqual(keys((await read()).records))
  })

  it.each([
    ['\r', 'lines that end with a carriage return only'],
    ['\r\n', 'lines of Windows'],
  ])('may have %j: %s', async (end) => {
    writeFileSync(path, (line(1) + line(2)).replaceAll('\n', end))
    expect(dialled((await read()).records)).toEqual(['1', '2'])
  })

  it('may have a header, with the byte order mark of a spreadsheet', async () => {
    writeFileSync(
      path,
      '\ufeffcalldate, SRC,dst,duration,billsec\n2026-03-02 12:00:00,201,1,65,60\n2026-03-02 12:00:00,201\n',
    )
    const { records } = await read()
    expect(records[0]?.record).toEqual({
      calldate: '2026-03-02 12:00:00',
      src: '201',
      dst: '1',
      duration: '65',
      billsec: '60',
    })
    expect(records[1]?.unreadable).toBe('the line has 2 columns, not 5 columns')
  })

  it('may have columns that CDR_URL names', async () => {
    writeFileSync(path, '1,2026-03-02 12:00:00,60\n')
    const { records } = await readAll(reader('?columns=dst,calldate,billsec'))
    expect(records[0]?.record).toEqual({ dst: '1', calldate: '2026-03-02 12:00:00', billsec: '60' })
  })

  it('writes NULL for nothing', async () => {
    writeFileSync(path, line('NULL'))
    expect((await read()).records[0]?.record['dst']).toBeNull()
  })

  it('loses no byte of a name that is not UTF-8, and none of the line for a NUL', async () => {
    const [before, after] = line('1').split('Alice') as [string, string]
    writeFileSync(
      path,
      Buffer.concat([before, [0xc8, 0xe2, 0xe0], after].map((part) => Buffer.from(part as string))),
    )
    appendFileSync(path, line('2').replace('Alice', 'A\0lice'))
    const { records } = await read()
    expect(records.map(({ record }) => record['clid'])).toEqual([
      '"\u00c8\u00e2\u00e0" <201>',
      '"A\ufffdlice" <201>',
    ])
  })

  it('may have quotes as sloppy as real files have', async () => {
    writeFileSync(
      path,
      line(1).replace('"""Alice"" <201>"', '"\\"Alice, A.\\" <201>"') +
        line(2).replace('"""Alice"" <201>"', '"Alice" <201>'),
    )
    const { records } = await read()
    expect(records.map(({ record }) => record['clid'])).toEqual(['"Alice, A." <201>', '"Alice" <201>'])
  })

  const broken = (dst: number) => line(dst).replace('Alice', 'Alice\nof "", the, office\n')

  it('may have line ends between quotes', async () => {
    writeFileSync(path, line(1) + broken(2) + broken(2) + line(3))
    const { records, position } = await read()
    expect(dialled(records)).toEqual(['1', '2', '2', '3'])
    expect(records[1]?.record['clid']).toBe('"Alice\nof ", the, office\n" <201>')
    appendFileSync(path, broken(2))
    const again = await read(position)
    expect(dialled(again.records)).toEqual(['2'])
    expect(new Set(keys([...records, ...again.records])).size).toBe(5)
  })

  it('is read when a record of several lines is there as a whole', async () => {
    const whole = broken(2)
    for (let length = 1; length < whole.length; length += 7) {
      writeFileSync(path, line(1) + whole.slice(0, length))
      const first = await read()
      expect(dialled(first.records)).toEqual(['1'])
      appendFileSync(path, whole.slice(length))
      expect(dialled((await read(first.position)).records)).toEqual(['2'])
    }
  })

  it('loses no line to a quote that was never closed', async () => {
    const slip = '"open,201,1\n'
    writeFileSync(path, slip + line(1) + slip + slip + line(2) + slip)
    const { records, position } = await read()
    const verdicts = (read: readonly ReadRecord[]) =>
      read.map(({ record, unreadable }) => (unreadable === undefined ? record['dst'] : 'none'))
    expect(verdicts(records)).toEqual(['none', '1', 'none', 'none', '2'])
    appendFileSync(path, line(3))
    expect(verdicts((await read(position)).records)).toEqual(['none', '3'])
    // Nothing has come for minutes, so nothing will.
    writeFileSync(path, line(4) + slip)
    const before = new Date(Date.now() - 120_000)
    utimesSync(path, before, before)
    expect(verdicts((await read()).records)).toEqual(['4', 'none'])
  })

  it('goes on after a line that is none, and says what is wrong with it', async () => {
    writeFileSync(path, `${line(1)}nonsense\n\n"open,${'x,'.repeat(5)}\n${line(2)}`)
    const { records } = await read()
    expect(records.map(({ record, unreadable }) => unreadable ?? record['dst'])).toEqual([
      '1',
      'the line has 1 columns, not 16 to 21 columns',
      'the quotes in the line do not match',
      '2',
    ])
    expect(records[1]?.record).toEqual({ line: 'nonsense' })
  })

  it('goes on after a line that does not end for megabytes', async () => {
    writeFileSync(path, line(1) + 'x'.repeat(3_000_000) + '\n' + line(2))
    const { records } = await read()
    expect(records.map(({ record, unreadable }) => unreadable ?? record['dst'])).toEqual([
      '1',
      'the line is longer than 1 MB',
      '2',
    ])
  })

  it('is counted a day by a read of its own, rotated files too', async () => {
    writeFileSync(`${path}.1`, line(1))
    writeFileSync(path, line(2) + 'nonsense\n')
    const parts = []
    for await (const part of reader().countDays()) parts.push(part)
    expect(parts).toEqual([
      { written: '2026-03-02', records: 1, billsec: '60' },
      { written: '2026-03-02', records: 1, billsec: '60' },
      { written: '', records: 1, billsec: '' },
    ])
  })

  it.each([
    [() => undefined, /^There is no file .*Master.csv: check the path in CDR_URL\.$/, 'missing'],
    [
      () => {
        writeFileSync(path, 'a,b\nc,d\n')
      },
      /is no CSV of call records: none of its first lines has 16 to 21 columns\.$/,
      'another CSV',
    ],
    [
      () => {
        writeFileSync(path, Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256)))
      },
      /is no CSV of call records/,
      'binary',
    ],
    [
      () => {
        path = join(path, '..')
      },
      /is no file: CDR_URL must name the file itself, not a folder\.$/,
      'a folder',
    ],
  ])('is refused with a sentence when it is none %#', async (make, sentence) => {
    make()
    await expect(reader().open()).rejects.toThrow(sentence)
  })

  it('gives a record for every line, whatever bytes are in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        writeFileSync(path, Buffer.concat([Buffer.from(line(1)), bytes, Buffer.from(`\n${line(2)}`)]))
        const { records } = await read()
        const between = Buffer.from(bytes)
          .toString('latin1')
          .split('\n')
          .filter((text) => text.replace(/\r+$/, '') !== '')
        expect(records.length).toBeGreaterThanOrEqual(2)
        expect(records.length).toBeLessThanOrEqual(2 + between.length)
        expect(JSON.stringify(records)).not.toContain('\\u0000')
        rmSync(path)
      }),
      { numRuns: 200 },
    )
  })
})

describe('shapes found in real files', () => {
  interface Quirk {
    id: string
    format: string
    what: string
    raw?: string
    raw_base64?: string
    expect: { src?: string; dst?: string; clid?: string; billsec?: number; rows?: number; columns?: number }
  }
  const file = readFileSync(new URL('../../../fixtures/quirks/cdr_quirks.json', import.meta.url), 'utf8')
  const quirks = (JSON.parse(file) as { quirks: Quirk[] }).quirks.filter(({ format }) =>
    ['asterisk_csv', 'csv_bytes'].includes(format),
  )

  it.each(quirks)('$id: $what', async ({ raw, raw_base64, expect: expected }) => {
    writeFileSync(path, raw_base64 === undefined ? `${raw ?? ''}\n` : Buffer.from(raw_base64, 'base64'))
    const { records } = await read()
    expect(records).toHaveLength(expected.rows ?? 1)
    const { record = {}, unreadable } = records[0] ?? {}
    expect(unreadable).toBeUndefined()
    const fields: SourceRecord = record
    for (const column of ['src', 'dst', 'clid'] as const) {
      if (expected[column] !== undefined) expect(fields[column]).toBe(expected[column])
    }
    if (expected.billsec !== undefined) expect(Number(fields['billsec'])).toBe(expected.billsec)
  })
})
