import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { readCsv } from '../../../../shared/sources/files/csv.ts'
import { readSqlite } from '../../../../shared/sources/files/sqlite.ts'
import { freeswitch, toCall } from '../../../../shared/sources/formats/freeswitch.ts'
import type { NewCall } from '../../../../shared/sources/record/format.ts'
import type { SourceRecord } from '../../../../shared/sources/record/reader.ts'
import { becomesSomething } from '../../../support/fuzz.ts'
import { readAll } from '../../../support/importing.ts'

const berlin = { time_zone: 'Europe/Berlin', latestYear: 2027 }
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-freeswitch-'))

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** An answered call over a gateway, as a template with channels writes it. */
function aRecord(record: SourceRecord = {}): SourceRecord {
  return {
    caller_id_number: '1001',
    destination_number: '84951234567',
    context: 'default',
    start_stamp: '2026-07-01 12:00:00',
    answer_stamp: '2026-07-01 12:00:05',
    end_stamp: '2026-07-01 12:01:05',
    duration: '65',
    billsec: '60',
    hangup_cause: 'NORMAL_CLEARING',
    uuid: '2bbe83f7-5111-4b5b-9626-c5154608d4ee',
    accountcode: 'acme',
    channel_name: 'sofia/internal/1001@pbx.example',
    bridge_channel: 'sofia/external/84951234567@203.0.113.5',
    ...record,
  }
}

function callOf(record: SourceRecord): NewCall {
  const outcome = toCall(record, berlin)
  if (!('call' in outcome)) throw new Error(JSON.stringify(outcome))
  return outcome.call
}

describe('a record of FreeSWITCH', () => {
  it('becomes a call', () => {
    expect(callOf(aRecord())).toEqual({
      calldate: '2026-07-01T10:00:00.000Z',
      answered_at: '2026-07-01T10:00:05.000Z',
      channel: 'sofia/internal/1001@pbx.example',
      dstchannel: 'sofia/external/84951234567@203.0.113.5',
      src: '1001',
      dst: '84951234567',
      dcontext: 'default',
      accountcode: 'acme',
      uniqueid: '2bbe83f7-5111-4b5b-9626-c5154608d4ee',
      disposition: 'ANSWERED',
      cause: 'NORMAL_CLEARING',
      duration: 65,
      billsec: 60,
    })
  })

  it.each([
    ['60', 'RECOVERY_ON_TIMER_EXPIRE', 'ANSWERED', 'any cause may end a call'],
    ['0', 'NORMAL_CLEARING', 'NO ANSWER', 'the caller gave up'],
    ['0', 'ORIGINATOR_CANCEL', 'NO ANSWER', 'the caller gave up'],
    ['0', 'NO_ANSWER', 'NO ANSWER', 'it rang'],
    ['0', 'USER_BUSY', 'BUSY', 'it was busy'],
    ['0', 'NO_ROUTE_DESTINATION', 'FAILED', 'there is no way'],
    ['0', '', 'NO ANSWER', 'nothing is said'],
  ])('with billsec %s and cause %s is %s: %s', (billsec, hangup_cause, disposition) => {
    const answered = billsec === '0' && { answer_stamp: '' }
    expect(callOf(aRecord({ billsec, hangup_cause, ...answered }))).toMatchObject({ disposition })
  })

  it.each<[SourceRecord, string]>([
    [
      { billsec: '0' },
      'billsec "0" contradicts answer_stamp "2026-07-01 12:00:05" and end_stamp "2026-07-01 12:01:05"',
    ],
    [
      { billsec: '' },
      'billsec "" contradicts answer_stamp "2026-07-01 12:00:05" and end_stamp "2026-07-01 12:01:05"',
    ],
    [
      { duration: '120' },
      'duration "120" contradicts start_stamp "2026-07-01 12:00:00" and end_stamp "2026-07-01 12:01:05"',
    ],
  ])('with %j contradicts itself', (record, rejected) => {
    expect(toCall(aRecord(record), berlin)).toEqual({ rejected })
  })

  it('has milliseconds where those are what its moments are apart', () => {
    expect(callOf(aRecord({ duration: '65000', billsec: '60000' }))).toMatchObject({
      duration: 65,
      billsec: 60,
    })
  })

  it.each<[SourceRecord, string, string]>([
    [{ sip_gateway_name: 'megafon' }, 'sofia/gateway/megafon', 'the gateway is named'],
    [
      { last_app: 'bridge', last_arg: '{a=b}sofia/gateway/megafon/84951234567' },
      'sofia/gateway/megafon',
      'the dialplan names it',
    ],
    [{ last_app: 'playback', last_arg: 'tone.wav', bridge_channel: '' }, '', 'nobody was called'],
  ])('with %j left by %s: %s', (record, dstchannel) => {
    expect(callOf(aRecord(record))).toMatchObject({ dstchannel })
  })

  it('has its context for channels where the template names none', () => {
    const { channel_name, bridge_channel, ...usual } = aRecord({ context: 'public' })
    expect([channel_name, bridge_channel]).not.toContain(undefined)
    expect(callOf(usual)).toMatchObject({ channel: 'context/public/in', dstchannel: 'context/public/out' })
  })

  it.each<[SourceRecord, string, string]>([
    [{ leg: 'b' }, 'the record is the B leg of a call', 'the leg is named'],
    [{ originating_leg_uuid: 'a-1' }, 'the record is the B leg of call a-1', 'FusionPBX'],
    [
      { originator: 'a-1', direction: 'outbound' },
      'the record is the B leg of call a-1',
      'its A leg is named',
    ],
    [{ direction: 'outbound' }, 'the record is the B leg of a call', 'the switch made the leg'],
  ])('with %j is left out: %s (%s)', (record, left_out) => {
    expect(toCall(aRecord(record), berlin)).toEqual({ left_out })
  })

  it.each<[SourceRecord, string]>([
    [{ leg: 'a', direction: 'outbound' }, 'FusionPBX says by direction where the call went'],
    [{ originator: '', direction: 'outbound' }, 'a call the switch was asked to make'],
    [{ direction: 'inbound' }, 'the leg came to the switch'],
  ])('with %j is a call: %s', (record) => {
    expect(callOf(aRecord(record))).toMatchObject({ src: '1001' })
  })

  it('tells by its epoch in which of the doubled hours of autumn it began', () => {
    const start_stamp = '2026-10-25 02:30:00'
    const calldates = ['1792888200', '1792891800', '1792891800000000'].map(
      (start_epoch) => callOf(aRecord({ start_stamp, start_epoch })).calldate,
    )
    expect(calldates).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ])
  })

  it('may have nothing but epochs for moments', () => {
    const { start_stamp, answer_stamp, ...record } = aRecord({
      start_uepoch: '1782900000471153',
      answer_uepoch: '0',
    })
    expect([start_stamp, answer_stamp]).not.toContain(undefined)
    expect(callOf(record)).toMatchObject({ calldate: '2026-07-01T10:00:00.471Z', answered_at: null })
  })

  it('becomes a call or a reason, whatever stands in it', () => {
    becomesSomething(toCall, [
      ...freeswitch.identity,
      'leg',
      'originator',
      'direction',
      'last_arg',
      'channel_name',
    ])
  })
})

describe('a line of mod_cdr_csv', () => {
  const usual = `"Anna","1001","84951234567","default","2026-07-01 12:00:00","","2026-07-01 12:00:09","9","0","NO_ANSWER","u-1",""`
  const linesOf = async (text: string) => {
    const path = join(folder, 'Master.csv')
    writeFileSync(path, text)
    return (await readAll(readCsv(pathToFileURL(path), freeswitch))).records
  }

  it.each([
    ['default', `${usual}, "acme"`],
    ['sql', `INSERT INTO cdr VALUES (${usual}, "acme");`],
    ['example', `${usual},"acme","PCMA","PCMA"`],
    ['the spool of mod_cdr_pg_csv', `"10.0.0.1",${usual},"acme","PCMA","PCMA"`],
    ['linksys', `${usual},"acme","PCMA","PCMA","agent","stat"`],
    ['snom', `${usual}, "acme","PCMA","PCMA","agent","code","rx","tx","file"`],
    [
      'asterisk',
      `"acme","1001","84951234567","default","""Anna"" <1001>","sofia/internal/1001@a","sofia/external/1@b","bridge","x","2026-07-01 12:00:00","","2026-07-01 12:00:09","9","0","NO_ANSWER","3","u-1",""`,
    ],
  ])('of the template %s has its columns', async (_, line) => {
    const [read] = await linesOf(`${line}\n`)
    expect(read).not.toHaveProperty('unreadable')
    expect(callOf(read?.record ?? {})).toMatchObject({
      src: '1001',
      dst: '84951234567',
      dcontext: 'default',
      accountcode: 'acme',
      uniqueid: 'u-1',
      duration: 9,
      disposition: 'NO ANSWER',
    })
  })

  it('with as many columns but no moment where it should be is none', async () => {
    const [, read] = await linesOf(`${usual},"acme"\n${'x,'.repeat(12)}x\n`)
    expect(read?.unreadable).toMatch(/^the line has 13 columns, not 13, 14, 15, 16, 17, 18 or 20 columns/)
  })
})

describe('the SQLite file of mod_cdr_sqlite', () => {
  it('has 50 calls, with their seconds as the switch counted them', async () => {
    const path = fileURLToPath(new URL('../../../fixtures/freeswitch/cdr.db', import.meta.url))
    const { records } = await readAll(
      readSqlite(new URL(pathToFileURL(path).href.replace('file:', 'sqlite:')), freeswitch),
    )
    const calls = records.map(({ record }) => callOf(record))
    expect(calls).toHaveLength(50)
    expect(new Set(records.map(({ source_key }) => source_key)).size).toBe(50)
    expect(calls[0]).toMatchObject({
      calldate: '2015-04-09T10:36:07.905Z',
      src: '562-246-7846 x57324',
      dst: '802-252-0510',
      duration: 289,
      billsec: 279,
      disposition: 'ANSWERED',
    })
  })
})

describe('shapes found in real tables', () => {
  interface Quirk {
    id: string
    format: string
    what: string
    raw: Record<string, string | number | null>
    expect: { dst?: string; billsec?: number; answer?: null; action?: string }
  }
  const file = readFileSync(new URL('../../../fixtures/quirks/cdr_quirks.json', import.meta.url), 'utf8')
  const rows = (JSON.parse(file) as { quirks: Quirk[] }).quirks.filter(({ format }) =>
    ['freeswitch_row', 'freeswitch_sqlite_row'].includes(format),
  )

  it.each(rows)('$id: $what', ({ raw, expect: expected }) => {
    const given = Object.fromEntries(
      Object.entries(raw).map(([column, value]) => [column, value === null ? null : String(value)]),
    )
    const call = callOf({
      start_stamp: '2020-02-11 11:05:00',
      billsec: '0',
      destination_number: '',
      ...given,
    })
    expect(call.dst).toBe(expected.dst ?? '')
    expect(call.billsec).toBe(expected.billsec ?? Number(raw['billsec'] ?? 0))
    expect(call.disposition === 'ANSWERED').toBe(call.billsec > 0)
    if (expected.answer === null) expect(call.answered_at).toBeNull()
  })
})
