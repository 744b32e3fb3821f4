import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { readCsv } from '../../../../shared/sources/files/csv.ts'
import { cdrPusher, toCall } from '../../../../shared/sources/formats/cdr-pusher.ts'
import { cdrStats } from '../../../../shared/sources/formats/cdr-stats.ts'
import type { NewCall } from '../../../../shared/sources/record/format.ts'
import type { SourceRecord } from '../../../../shared/sources/record/reader.ts'
import { becomesSomething } from '../../../support/fuzz.ts'
import { readAll } from '../../../support/importing.ts'

const madrid = { time_zone: 'Europe/Madrid', latestYear: 2027 }

/** A call of FreeSWITCH as cdr-pusher puts it into cdr_import when it is told nothing special. */
function aRecord(record: SourceRecord = {}): SourceRecord {
  return {
    id: '1',
    switch: '203.0.113.9',
    cdr_source_type: '1',
    callid: '96aa82fe-7bd1-11e5-a230-5c514f6a0f72',
    caller_id_number: '1001',
    caller_id_name: 'Anna',
    destination_number: '34798400122',
    channel: null,
    starting_date: '2026-07-01 10:00:00+00',
    duration: '65',
    billsec: '60',
    hangup_cause_id: '16',
    direction: null,
    accountcode: 'acme',
    extradata: '{"datetime(answer_stamp)": "2026-07-01 12:00:05"}',
    ...record,
  }
}

function callOf(record: SourceRecord): NewCall {
  const outcome = toCall(record, madrid)
  if (!('call' in outcome)) throw new Error(JSON.stringify(outcome))
  return outcome.call
}

describe('a row of cdr_import', () => {
  it('becomes a call', () => {
    expect(callOf(aRecord())).toEqual({
      calldate: '2026-07-01T10:00:00.000Z',
      answered_at: null,
      channel: 'switch/203.0.113.9/in',
      dstchannel: 'switch/203.0.113.9/out',
      src: '1001',
      dst: '34798400122',
      dcontext: '',
      accountcode: 'acme',
      uniqueid: '96aa82fe-7bd1-11e5-a230-5c514f6a0f72',
      disposition: 'ANSWERED',
      cause: '16',
      duration: 65,
      billsec: 60,
    })
  })

  it('has the channels that were pushed with it', () => {
    const extradata =
      '{"channel": "SIP/201-1", "dstchannel": "SIP/megafon-2", "dcontext": "office", "lastapp": 3}'
    expect(callOf(aRecord({ extradata }))).toMatchObject({
      channel: 'SIP/201-1',
      dstchannel: 'SIP/megafon-2',
      dcontext: 'office',
    })
    expect(callOf(aRecord({ extradata, channel: 'SIP/202-3' }))).toMatchObject({ channel: 'SIP/202-3' })
  })

  it.each([
    ['1', 'switch/203.0.113.9/in', 'switch/203.0.113.9', 'inbound'],
    ['2', 'switch/203.0.113.9', 'switch/203.0.113.9/out', 'outbound'],
  ])('of direction %s came by %s and left by %s: %s', (direction, channel, dstchannel) => {
    expect(callOf(aRecord({ direction }))).toMatchObject({ channel, dstchannel })
  })

  it('has the number out of the name where only that was pushed', () => {
    const record = aRecord({ caller_id_number: '', caller_id_name: '"Anna" <201>' })
    expect(callOf(record)).toMatchObject({ src: '201' })
  })

  it.each<[SourceRecord, string, string]>([
    [{}, 'ANSWERED', 'it was spoken'],
    [{ hangup_cause_id: '102' }, 'ANSWERED', 'FreeSWITCH counts from the answer, whatever ended the call'],
    [{ hangup_cause_id: '17', callid: '1709546400.2' }, 'BUSY', 'Asterisk says so of an announcement'],
    [{ hangup_cause_id: '16', callid: '1709546400.2' }, 'ANSWERED', 'and so of a call'],
    [{ hangup_cause_id: '16', billsec: '0' }, 'NO ANSWER', 'nothing was spoken'],
    [{ hangup_cause_id: '1', billsec: '0' }, 'FAILED', 'there is no such number'],
    [{ hangup_cause_id: null, hangup_cause: 'USER_BUSY', billsec: '0' }, 'BUSY', 'the cause has a name'],
  ])('with %j is %s: %s', (record, disposition) => {
    expect(callOf(aRecord(record))).toMatchObject({ disposition })
  })

  it('becomes a call or a reason, whatever stands in it', () => {
    becomesSomething(toCall, [
      ...cdrPusher.identity,
      'extradata',
      'caller_id_name',
      'direction',
      'hangup_cause',
    ])
  })
})

describe('a CSV file of CDR-Stats', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-cdr-stats-'))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const readIn = async (url: URL) => {
    const reader = readCsv(url, cdrStats)
    await reader.open()
    const { records } = await readAll(reader)
    return records.map(({ record, unreadable }) => unreadable ?? cdrStats.toCall(record, madrid))
  }
  const callsIn = async (url: URL) =>
    (await readIn(url)).flatMap((read) => (typeof read !== 'string' && 'call' in read ? [read.call] : []))
  const fixture = (name: string) => new URL(`../../../fixtures/cdr-stats/${name}`, import.meta.url)

  it('has a header', async () => {
    const calls = await callsIn(fixture('CDRImport-2015-10-26.csv'))
    expect(calls.map(({ billsec }) => billsec)).toEqual([50, 10, 34, 11, 5])
    expect(calls[0]).toMatchObject({
      calldate: '2015-10-21T10:13:10.000Z',
      src: '904151440',
      dst: '+34798400122',
      accountcode: '1000',
      channel: 'switch/127.0.0.1/in',
      dstchannel: 'switch/127.0.0.1',
      disposition: 'ANSWERED',
    })
  })

  it.each([
    [
      'import_cdr.txt',
      5,
      { src: '1773500', dst: '065350450', billsec: 11, calldate: '2012-01-25T20:06:06.000Z' },
    ],
    ['import_cdr_100.txt', 99, { src: '81050000', dst: '650200000', billsec: 78, disposition: 'ANSWERED' }],
    [
      'import_voipcall_report.txt',
      9,
      { src: '44650355212', dst: '32650781232', billsec: 12, disposition: 'ANSWER' },
    ],
  ])('from before there were headers is known by its columns: %s', async (name, count, first) => {
    const calls = await callsIn(fixture(name))
    expect(calls).toHaveLength(count)
    expect(calls[0]).toMatchObject(first)
  })

  it('may have lines that tell of no call', async () => {
    expect(await readIn(fixture('import_voipcall_report.txt'))).toContain(
      'the line has 6 columns, not 7, 8, 16 or 25 columns',
    )
    expect(await readIn(fixture('import_cdr_100.txt'))).toContainEqual({
      rejected: 'billsec "-6" is less than nothing',
    })
  })

  it('may have spaces after the commas, as its manual prints it', async () => {
    const file = readFileSync(new URL('../../../fixtures/quirks/cdr_quirks.json', import.meta.url), 'utf8')
    const { quirks } = JSON.parse(file) as { quirks: { format: string; raw: string }[] }
    const path = join(folder, 'import.csv')
    writeFileSync(path, `${quirks.find(({ format }) => format === 'cdrstats_csv')?.raw ?? ''}\n`)
    expect(await callsIn(pathToFileURL(path))).toMatchObject([
      { dst: '+34798400122', billsec: 50, accountcode: '1000', calldate: '2015-10-21T10:13:10.000Z' },
    ])
  })
})
