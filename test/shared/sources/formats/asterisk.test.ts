import { readFileSync } from 'node:fs'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { asterisk, toCall } from '../../../../shared/sources/formats/asterisk.ts'
import type { NewCall } from '../../../../shared/sources/record/format.ts'
import type { SourceRecord } from '../../../../shared/sources/record/reader.ts'

const berlin = { time_zone: 'Europe/Berlin', latestYear: 2027 }

function aRecord(record: SourceRecord = {}): SourceRecord {
  return {
    calldate: '2026-03-02 12:00:00',
    src: '201',
    dst: '84951234567',
    channel: 'SIP/201-00000001',
    disposition: 'ANSWERED',
    duration: '65',
    billsec: '60',
    ...record,
  }
}

function callOf(record: SourceRecord): NewCall {
  const outcome = toCall(record, berlin)
  if (!('call' in outcome)) throw new Error(JSON.stringify(outcome))
  return outcome.call
}

describe('a record of Asterisk', () => {
  it('becomes a call with its texts as they are', () => {
    const long = 'x'.repeat(200)
    expect(
      callOf(aRecord({ src: long, dcontext: 'macro-dialout-trunk-predial-hook', accountcode: null })),
    ).toMatchObject({
      calldate: '2026-03-02T11:00:00.000Z',
      src: long,
      dst: '84951234567',
      dcontext: 'macro-dialout-trunk-predial-hook',
      accountcode: '',
      duration: 65,
      billsec: 60,
      answered_at: null,
    })
  })

  it.each([
    ['1792889981.0', '02:30:00', '2026-10-25T00:30:00.000Z', 'before the clock is put back'],
    ['1792893581.0', '02:30:00', '2026-10-25T01:30:00.000Z', 'after it'],
    ['pbx-2-1792893581.0', '02:30:00', '2026-10-25T01:30:00.000Z', 'with the name of the server in front'],
    ['', '02:30:00', '2026-10-25T00:30:00.000Z', 'without: the earlier counts'],
    ['1.4', '02:30:00', '2026-10-25T00:30:00.000Z', 'no epoch'],
    ['1500000000.4', '02:30:00', '2026-10-25T00:30:00.000Z', 'another day'],
    ['1792893581.0', '04:30:00', '2026-10-25T03:30:00.000Z', 'nothing to settle'],
  ])(
    'is settled by the uniqueid "%s" at %s in the night of the doubled hour: %s (%s)',
    (uniqueid, time, calldate) => {
      expect(callOf(aRecord({ calldate: `2026-10-25 ${time}`, uniqueid })).calldate).toBe(calldate)
    },
  )

  it.each<[string, string | null, string]>([
    ['2026-03-02 12:00:05', '2026-03-02T11:00:05.000Z', 'as written'],
    ['', null, 'nobody answered'],
    ['0000-00-00 00:00:00', null, 'no date'],
    ['2026-03-02 11:59:59', null, 'before it began'],
    ['2026-03-02 14:00:00', null, 'after it ended'],
  ])('was answered at "%s": %s (%s)', (answer, answered_at) => {
    expect(callOf(aRecord({ answer })).answered_at).toBe(answered_at)
  })

  it('that begins before the clock is put back may be answered after it', () => {
    const call = callOf(
      aRecord({
        calldate: '2026-10-25 02:59:50',
        answer: '2026-10-25 02:00:05',
        uniqueid: '1792889990.1',
        duration: '75',
        billsec: '60',
      }),
    )
    expect(call).toMatchObject({
      calldate: '2026-10-25T00:59:50.000Z',
      answered_at: '2026-10-25T01:00:05.000Z',
    })
  })

  it('rounds a second begun up to a second', () => {
    expect(callOf(aRecord({ duration: '31.482', billsec: '13.007' }))).toMatchObject({
      duration: 32,
      billsec: 14,
    })
  })

  it('that was not answered and says nothing of billsec has 0', () => {
    expect(callOf(aRecord({ disposition: 'NO ANSWER', billsec: null })).billsec).toBe(0)
  })

  it.each([
    [{ calldate: '0000-00-00 00:00:00' }, 'calldate "0000-00-00 00:00:00" is no date'],
    [{ calldate: '1000-01-01 00:00:00' }, 'calldate "1000-01-01 00:00:00" is before 1990'],
    [{ calldate: '1970-01-01 00:00:00' }, 'calldate "1970-01-01 00:00:00" is before 1990'],
    [{ calldate: '2036-01-01 00:00:00' }, 'calldate "2036-01-01 00:00:00" is in the future'],
    [{ calldate: '24/08/17 09:28' }, 'calldate "24/08/17 09:28" is no date'],
    [{ calldate: null }, 'calldate "" is no date'],
    [{ billsec: '-3' }, 'billsec "-3" is less than nothing'],
    [{ duration: '-1' }, 'duration "-1" is less than nothing'],
    [{ duration: '40000000' }, 'duration "40000000" is more than a year'],
    [{ billsec: 'sixty' }, 'billsec "sixty" is no number of seconds'],
    [{ billsec: '' }, 'billsec of an answered call is empty'],
  ])('with %j is rejected: %s', (record, rejected) => {
    expect(toCall(aRecord(record), berlin)).toEqual({ rejected })
  })

  it.each([
    [{ src: '201', billsec: '1' }, 'the record has no calldate'],
    [{ calldate: '2026-03-02 12:00:00', src: '201' }, 'the record has no billsec'],
  ])('of which only %j is left is rejected: %s', (record, rejected) => {
    expect(toCall(record as SourceRecord, berlin)).toEqual({ rejected })
  })

  it('becomes a call or a reason, whatever stands in it', () => {
    const column = fc.oneof(
      fc.constantFrom(...asterisk.identity, 'answer', 'linkedid', '__proto__', 'constructor'),
      fc.string(),
    )
    const value = fc.oneof(
      fc.constant(null),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '2026-10-25 02:30:00',
        '0000-00-00 00:00:00',
        '-1',
        '1e9',
        '99999999999999999999',
        '1792893581.0',
        '1.',
      ),
      fc.double().map(String),
    )
    fc.assert(
      fc.property(fc.dictionary(column, value), (record) => {
        const outcome = toCall(record, berlin)
        if (!('call' in outcome)) {
          expect(outcome).toEqual({ rejected: expect.stringMatching(/./) as unknown })
          return
        }
        expect(outcome.call.billsec).toBeGreaterThanOrEqual(0)
        expect(Date.parse(outcome.call.calldate)).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the columns of a line without header', () => {
  const fields = (count: number, last: Record<number, string> = {}) =>
    Array.from({ length: count }, (_, at) => last[at] ?? '')

  it.each<[number, Record<number, string>, string, string]>([
    [16, {}, 'amaflags', 'neither uniqueid nor userfield'],
    [17, { 16: '1709546400.1' }, 'uniqueid', 'loguniqueid'],
    [17, { 16: 'a note' }, 'userfield', 'loguserfield'],
    [18, {}, 'userfield', 'both'],
    [21, {}, 'sequence', 'newcdrcolumns'],
  ])('are %i with %j: the last is %s (%s)', (count, last, name) => {
    expect(asterisk.columnsOf(fields(count, last))?.at(-1)).toBe(name)
  })

  it.each([0, 1, 15, 22, 26])('are never %i', (count) => {
    expect(asterisk.columnsOf(fields(count))).toBeUndefined()
  })
})

describe('what FreePBX and Yeastar write', () => {
  const row = {
    calldate: '2026-11-02 10:00:00',
    src: '441632960200',
    dst: '01632960001',
    disposition: 'ANSWERED',
    duration: '65',
    billsec: '60',
  }

  it.each<[what: string, columns: Record<string, string>, src: string, dst: string]>([
    [
      'the caller is in cnum where src is what is shown outside',
      { cnum: '201', outbound_cnum: '441632960200' },
      '201',
      '01632960001',
    ],
    ['an empty cnum says nothing', { cnum: '' }, '441632960200', '01632960001'],
    ['a number with itself for a name', { src: '201<201>', dst: '202 <202>' }, '201', '202'],
  ])('%s', (_, columns, src, dst) => {
    const outcome = toCall({ ...row, ...columns }, berlin)
    expect('call' in outcome && [outcome.call.src, outcome.call.dst]).toEqual([src, dst])
  })
})

describe('shapes found in real tables', () => {
  interface Quirk {
    id: string
    format: string
    what: string
    raw: Record<string, string | number> | Record<string, string | number>[]
    expect: { action?: string; billsec_ceil?: number }
  }
  const file = readFileSync(new URL('../../../fixtures/quirks/cdr_quirks.json', import.meta.url), 'utf8')
  const { quirks } = JSON.parse(file) as { quirks: Quirk[] }
  const rows = quirks
    .filter(({ format }) => format === 'mysql_row')
    .flatMap((quirk) => [quirk.raw].flat().map((raw) => ({ ...quirk, raw })))

  it.each(rows)('$id: $what', ({ raw, expect: expected }) => {
    const record = Object.fromEntries(
      Object.entries(raw).map(([name, value]) => [name.toLowerCase(), String(value)]),
    )
    const outcome = toCall(record, berlin)
    expect('rejected' in outcome).toBe(expected.action === 'quarantine')
    if (!('call' in outcome)) return
    expect(outcome.call).toMatchObject({
      src: record['src'],
      dst: record['dst'],
      // What cdr_odbc writes as numbers has its words.
      disposition: { '8': 'ANSWERED', '4': 'BUSY' }[record['disposition'] ?? ''] ?? record['disposition'],
    })
    expect(outcome.call.billsec).toBe(expected.billsec_ceil ?? Number(record['billsec']))
  })
})

describe('a record that tells its seconds twice', () => {
  const told = {
    start: '2026-07-01 12:00:00',
    answer: '2026-07-01 12:00:05',
    end: '2026-07-01 12:01:05',
    src: '201',
    dst: '84951234567',
    dstchannel: 'SIP/trunk-1',
    duration: '65',
    billsec: '60',
    disposition: 'ANSWERED',
  }
  const moscow = { time_zone: 'Europe/Moscow', latestYear: 2027 }

  it('is a call where both agree, but for what is rounded', () => {
    for (const seconds of [{}, { billsec: '59', duration: '66' }, { end: '' }, { answer: '' }])
      expect(toCall({ ...told, ...seconds }, moscow)).toHaveProperty('call')
  })

  it.each([
    [{ billsec: '0' }, 'billsec "0" contradicts answer "2026-07-01 12:00:05" and end "2026-07-01 12:01:05"'],
    [{ billsec: '6' }, 'billsec "6" contradicts answer "2026-07-01 12:00:05" and end "2026-07-01 12:01:05"'],
    [
      { duration: '3600' },
      'duration "3600" contradicts start "2026-07-01 12:00:00" and end "2026-07-01 12:01:05"',
    ],
  ])('is rejected with both where they do not: %j', (seconds, rejected) => {
    expect(toCall({ ...told, ...seconds }, moscow)).toEqual({ rejected })
  })

  it('never was answered where nobody says so, whatever else it tells', () => {
    expect(toCall({ ...told, billsec: '0', disposition: 'NO ANSWER' }, moscow)).toMatchObject({
      call: { billsec: 0 },
    })
  })
})
