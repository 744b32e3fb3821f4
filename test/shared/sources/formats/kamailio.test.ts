import { readFileSync } from 'node:fs'

import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { kamailio, toCall } from '../../../../shared/sources/formats/kamailio.ts'
import type { Joined, NewCall, Judgement } from '../../../../shared/sources/record/format.ts'
import type { SourceRecord } from '../../../../shared/sources/record/reader.ts'
import { formatOf } from '../../../../shared/sources/registry.ts'

const utc = { time_zone: 'UTC', latestYear: 2027 }
const berlin = { ...utc, time_zone: 'Europe/Berlin' }

const fixture = (name: string): SourceRecord[] =>
  parse(readFileSync(new URL(`../../../fixtures/kamailio/${name}`, import.meta.url)), { columns: true })

/** What importing these records amounts to: calls by the name of the dialog. */
function callsOf(records: readonly SourceRecord[], clock = utc): Joined[] {
  const dialogs = new Map<string, SourceRecord[]>()
  for (const record of records) {
    const outcome = toCall(record, clock)
    if ('part_of' in outcome) dialogs.set(outcome.part_of, [...(dialogs.get(outcome.part_of) ?? []), record])
  }
  return [...dialogs.values()]
    .map((parts) => kamailio.join?.(parts, clock))
    .filter((call) => call !== undefined)
}

const anInvite = (record: SourceRecord = {}): SourceRecord => ({
  method: 'INVITE',
  callid: 'c1',
  from_tag: 'caller',
  to_tag: 'callee',
  sip_code: '200',
  time: '2026-03-02 12:00:00',
  src_user: '201',
  dst_user: '84951234567',
  ...record,
})
const aBye = (record: SourceRecord = {}): SourceRecord =>
  anInvite({ method: 'BYE', time: '2026-03-02 12:01:00', dst_user: '201', ...record })

function theCall(records: readonly SourceRecord[], clock = utc): NewCall {
  const [joined, ...others] = callsOf(records, clock)
  expect(others).toEqual([])
  if (!joined) throw new Error('the records make no call')
  return joined.call
}

function reasonOf(outcome: Judgement): string {
  return 'rejected' in outcome
    ? outcome.rejected
    : 'left_out' in outcome
      ? `left out: ${outcome.left_out}`
      : ''
}

describe('the real rows of acc', () => {
  const acc = fixture('acc.csv')
  const stored = fixture('cdrs.csv')
    .map((cdr) => [cdr['sip_call_id'], cdr['call_start_time'], cdr['duration']].join(' '))
    .sort()
  const tale = (calls: readonly Joined[]): string[] =>
    calls
      .filter(({ call }) => call.disposition === 'ANSWERED')
      .map(({ call }) =>
        [call.uniqueid, call.calldate.slice(0, 19).replace('T', ' '), call.billsec].join(' '),
      )
      .sort()

  it('are the 225 calls with the durations that the switch itself stored', () => {
    expect(acc).toHaveLength(553)
    expect(stored).toHaveLength(225)
    expect(tale(callsOf(acc))).toEqual(stored)
  })

  it('are the same calls in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(acc, { minLength: acc.length }), (shuffled) => {
        expect(tale(callsOf(shuffled))).toEqual(stored)
      }),
      { numRuns: 20 },
    )
  })

  it('are no others: 59 INVITEs that failed and 37 questions for credentials are left out', () => {
    expect(callsOf(acc)).toHaveLength(225)
    expect(
      acc
        .map((record) => reasonOf(toCall(record, utc)))
        .filter((reason) => reason !== '')
        .sort(),
    ).toEqual([
      ...Array<string>(37).fill(
        'left out: 401 asks the caller who it is: what it sends then has a record of its own',
      ),
      ...Array<string>(24).fill('left out: the INVITE was answered 403: no call came about'),
      ...Array<string>(31).fill('left out: the INVITE was answered 487: no call came about'),
      ...Array<string>(4).fill('left out: the INVITE was answered 488: no call came about'),
    ])
  })

  it('are told as well by the table that the switch made of them', () => {
    const whole = fixture('cdrs.csv').map((cdr) => toCall(cdr, utc))
    const calls = whole.flatMap((outcome) => ('call' in outcome ? [{ call: outcome.call, part: 0 }] : []))
    expect(tale(calls)).toEqual(stored)
  })
})

describe('the rows of a dialog', () => {
  it('become a call with the texts of its INVITE', () => {
    expect(
      theCall([
        anInvite({
          src_ip: '192.0.2.7',
          dst_domain: 'sip.carrier.example',
          dst_ouser: '88',
          calltype: 'outbound',
        }),
        aBye({ src_ip: '192.0.2.99' }),
      ]),
    ).toEqual({
      calldate: '2026-03-02T12:00:00.000Z',
      answered_at: '2026-03-02T12:00:00.000Z',
      channel: '192.0.2.7',
      dstchannel: 'sip.carrier.example',
      src: '201',
      dst: '84951234567',
      dcontext: 'outbound',
      accountcode: '',
      uniqueid: 'c1',
      disposition: 'ANSWERED',
      duration: 60,
      billsec: 60,
    })
  })

  it('prefer columns that acc was told to write with the names of ours', () => {
    const named = {
      channel: 'SIP/office',
      dstchannel: 'SIP/megafon',
      accountcode: 'acme',
      src_ip: '192.0.2.7',
    }
    expect(theCall([anInvite(named), aBye()])).toMatchObject({
      channel: 'SIP/office',
      dstchannel: 'SIP/megafon',
      accountcode: 'acme',
    })
  })

  it('are joined under the names that source.mapping gives their columns', () => {
    const mapping = { dstchannel: 'dst_gwgroupid', time: 'ended' }
    const { join } = formatOf({ format: 'kamailio', mapping, filter: [] })
    const rows = [anInvite(), aBye()].map(({ time = null, ...row }) => ({
      ...row,
      ended: time,
      dst_gwgroupid: '14',
    }))
    expect(join?.(rows, utc)?.call).toMatchObject({ dstchannel: '14', billsec: 60 })
  })

  it.each([
    [[anInvite()], [], 'nobody has hung up yet'],
    [[aBye()], [], 'how it began is not known'],
    [[anInvite(), aBye({ from_tag: 'callee', to_tag: 'caller' })], [60], 'the callee hung up'],
    [[anInvite(), aBye({ sip_code: '481' })], [60], 'the other side knew nothing of the call any more'],
    [[anInvite(), aBye({ sip_code: '408' })], [60], 'the other side gave no answer'],
    [
      [anInvite(), aBye(), aBye({ time: '2026-03-02 12:01:32', sip_code: '481' })],
      [60],
      'both sides hung up',
    ],
    [[anInvite(), anInvite({ time: '2026-03-02 12:00:30' }), aBye()], [60], 're-INVITE'],
    [
      [anInvite(), anInvite({ time: '2026-03-02 12:00:30', from_tag: 'callee', to_tag: 'caller' }), aBye()],
      [60],
      're-INVITE of the callee',
    ],
    [
      [anInvite(), anInvite({ time: '2026-03-02 12:00:30', sip_code: '488' }), aBye()],
      [60],
      're-INVITE refused',
    ],
    [
      [anInvite({ sip_code: '401', to_tag: 'x' }), anInvite(), aBye()],
      [60],
      'the caller was asked who it is',
    ],
    [
      [anInvite(), aBye(), anInvite({ to_tag: 'other' }), aBye({ to_tag: 'other' })],
      [60, 60],
      'two phones answered',
    ],
    [[anInvite(), aBye({ time: '2026-03-02 12:00:00' })], [0], 'hung up within the second'],
    [[anInvite(), aBye({ time: '2026-03-02 11:59:59' })], [], 'no call ends before it begins'],
    [[anInvite(), aBye({ callid: 'c2' })], [], 'another call'],
    [[anInvite(), aBye({ callid: 'C1' })], [], 'capitals make another Call-ID'],
    [[anInvite({ sip_code: '202' }), aBye()], [60], 'any 2xx is an answer'],
    [
      [anInvite({ time: '2026-03-02 11:59:59', sip_code: '422' }), anInvite(), aBye()],
      [60],
      'refused and tried again with the same tags',
    ],
    [[anInvite({ sip_code: '486' })], [], 'busy'],
  ])('%j make calls of %j seconds in any order (%s)', (records, seconds) => {
    for (const order of [records, [...records].reverse()])
      expect(callsOf(order).map(({ call }) => call.billsec)).toEqual(seconds)
  })

  it.each([
    ['486', 'BUSY'],
    ['600', 'BUSY'],
    ['487', 'NO ANSWER'],
    ['408', 'NO ANSWER'],
    ['480', 'NO ANSWER'],
    ['302', 'FAILED'],
    ['403', 'FAILED'],
    ['503', 'FAILED'],
    ['603', 'FAILED'],
  ])('are no call when the INVITE got %s, but are in missed_calls: %s', (sip_code, disposition) => {
    const failed = anInvite({ sip_code, src_ip: '192.0.2.7', dst_domain: 'sip.carrier.example' })
    expect(reasonOf(toCall(failed, utc))).toBe(
      `left out: the INVITE was answered ${sip_code}: no call came about`,
    )
    expect(toCall({ ...failed, table: 'missed_calls' }, utc)).toEqual({
      call: {
        calldate: '2026-03-02T12:00:00.000Z',
        answered_at: null,
        channel: '192.0.2.7',
        dstchannel: 'sip.carrier.example',
        src: '201',
        dst: '84951234567',
        dcontext: '',
        accountcode: '',
        uniqueid: 'c1',
        disposition,
        cause: sip_code,
        duration: 0,
        billsec: 0,
      },
    })
  })

  it.each<[SourceRecord, string, string]>([
    [{ method: 'ACK' }, 'left out: "ACK" neither begins nor ends a call', 'report_ack of acc'],
    [{ method: 'CANCEL' }, 'left out: "CANCEL" neither begins nor ends a call', 'report_cancels of acc'],
    [{ method: null }, 'left out: "" neither begins nor ends a call', 'no method'],
    [
      { sip_code: '407' },
      'left out: 407 asks the caller who it is: what it sends then has a record of its own',
      '',
    ],
    [{ sip_code: '183' }, 'left out: 183 is no final answer to an INVITE', 'early_media of acc'],
    [{ sip_code: '' }, 'sip_code "" is no answer to an INVITE', 'no code'],
    [{ callid: '' }, 'the record has no callid', 'nothing to join by'],
    [{ time: '0000-00-00 00:00:00' }, 'time "0000-00-00 00:00:00" is no date', 'no date'],
    [{ time: '2200-01-01 00:00:00' }, 'time "2200-01-01 00:00:00" is in the future', 'a wrong clock'],
  ])('does not hold %j: %s (%s)', (record, reason) => {
    expect(reasonOf(toCall(anInvite(record), utc))).toBe(reason)
  })

  it.each([
    ['02:10:00', '02:50:00', '2026-10-25T00:10:00.000Z', 2_400, 'either of the two: the earlier counts'],
    ['02:50:00', '02:10:00', '2026-10-25T00:50:00.000Z', 1_200, 'the clock was put back during the call'],
    ['02:50:00', '03:05:00', '2026-10-25T01:50:00.000Z', 900, 'the shortest call that the clocks allow'],
    ['01:50:00', '02:05:00', '2026-10-24T23:50:00.000Z', 900, 'begun before'],
  ])(
    'from %s to %s of the night of the doubled hour begin at %s and last %i s (%s)',
    (from, to, calldate, billsec) => {
      expect(
        theCall([anInvite({ time: `2026-10-25 ${from}` }), aBye({ time: `2026-10-25 ${to}` })], berlin),
      ).toMatchObject({ calldate, billsec })
    },
  )

  it.each<[SourceRecord, SourceRecord, string]>([
    [
      { time_attr: '1792893000', time_exten: '250000' },
      { time_attr: '1792893020', time_exten: '250001' },
      'time_mode 1',
    ],
    [{ time_attr: '1792893000.250' }, { time_attr: '1792893020.260' }, 'time_mode 2'],
  ])(
    'with the epoch beside the clock, %j and %j, need no guess, and a second begun is a second used (%s)',
    (from, to) => {
      const invite = anInvite({ time: '2026-10-25 02:50:00', ...from })
      const bye = aBye({ time: '2026-10-25 02:50:20', ...to })
      expect(theCall([invite, bye], berlin)).toMatchObject({
        calldate: '2026-10-25T01:50:00.250Z',
        billsec: from['time_exten'] === undefined ? 21 : 20,
      })
    },
  )

  it('does not believe an epoch of another time than the clock', () => {
    expect(theCall([anInvite({ time_attr: '1000000000' }), aBye()])).toMatchObject({ billsec: 60 })
  })
})

describe('a table with a row a call', () => {
  const wholeCall = (record: SourceRecord, clock = utc): NewCall => {
    const outcome = toCall(record, clock)
    if (!('call' in outcome)) throw new Error(reasonOf(outcome))
    return outcome.call
  }

  it('has the calls of collection_cdrs, answered and missed', () => {
    const row = {
      src_username: '201',
      dst_username: '84951234567',
      call_start_time: '2026-03-02 12:00:00',
      sip_call_id: 'c1',
      src_ip: '192.0.2.7',
      dst_domain: 'sip.carrier.example',
    }
    expect(wholeCall({ ...row, duration: '60', sip_code: '200' })).toMatchObject({
      calldate: '2026-03-02T12:00:00.000Z',
      channel: '192.0.2.7',
      dstchannel: 'sip.carrier.example',
      src: '201',
      dst: '84951234567',
      uniqueid: 'c1',
      disposition: 'ANSWERED',
      duration: 60,
      billsec: 60,
    })
    expect(wholeCall({ ...row, duration: '0', sip_code: '486' })).toMatchObject({
      disposition: 'BUSY',
      billsec: 0,
    })
    expect(reasonOf(toCall({ ...row, duration: '0', sip_code: '401' }, utc))).toContain('left out: 401 asks')
  })

  it.each([
    ['60.000', 60, 'ANSWERED', 'a whole number'],
    ['60.001', 61, 'ANSWERED', 'a second begun is a second used'],
    ['0.000', 0, '', 'the dialog failed, or nobody said a word'],
  ])('has a call of acc_cdrs of %s seconds: %i, "%s" (%s)', (duration, billsec, disposition) => {
    expect(
      wholeCall({
        start_time: '2026-03-02 12:00:00',
        end_time: '2026-03-02 12:01:00',
        duration,
        callid: 'c1',
        dst_user: '84951234567',
      }),
    ).toMatchObject({ duration: billsec, billsec, disposition, uniqueid: 'c1' })
  })

  it('knows by its end in which of the doubled hours a call began', () => {
    const row = {
      start_time: '2026-10-25 02:50:00',
      end_time: '2026-10-25 03:05:00',
      dst_user: '84951234567',
    }
    expect(wholeCall({ ...row, duration: '900.000' }, berlin).calldate).toBe('2026-10-25T01:50:00.000Z')
    expect(wholeCall({ ...row, duration: '4500.000' }, berlin).calldate).toBe('2026-10-25T00:50:00.000Z')
  })

  it.each([
    [{ callid: 'c1' }, 'the record has neither method nor call_start_time nor start_time'],
    [{ start_time: '2026-03-02 12:00:00' }, 'duration of an answered call is empty'],
    [{ start_time: '2026-03-02 12:00:00', duration: '-1' }, 'duration "-1" is less than nothing'],
    [
      { call_start_time: '1000-01-01 00:00:00', duration: '1' },
      'call_start_time "1000-01-01 00:00:00" is before 1990',
    ],
  ])('does not hold %j: %s', (record, reason) => {
    expect(reasonOf(toCall(record, utc))).toBe(reason)
  })
})

interface Quirk {
  id: string
  format: string
  what: string
  raw: SourceRecord[]
  expect: { calls?: number; duration?: number }
}

describe('shapes of real rows', () => {
  const file = readFileSync(new URL('../../../fixtures/quirks/cdr_quirks.json', import.meta.url), 'utf8')
  const { quirks } = JSON.parse(file) as { quirks: Quirk[] }
  const shapes = quirks.filter(
    ({ format, expect: { calls } }) => format === 'kamailio_acc' && calls !== undefined,
  )

  it.each(shapes)('$id: $what', ({ raw, expect: expected }) => {
    const calls = callsOf(raw)
    expect(calls).toHaveLength(expected.calls ?? 0)
    if (expected.duration !== undefined) expect(calls[0]?.call.billsec).toBe(expected.duration)
  })

  it('Q098: what was dialled is left to the rows of prefix, whatever it is', () => {
    for (const dst_user of ['16723617*19475550123', 'OAI'])
      expect(theCall([anInvite({ dst_user }), aBye()]).dst).toBe(dst_user)
    expect(theCall([anInvite({ dst_user: '', dst_ouser: '100' }), aBye()]).dst).toBe('100')
  })
})

describe('any record', () => {
  const column = fc.constantFrom(...kamailio.identity, 'sip_code', 'method', 'src_ip', 'time_attr')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('INVITE', 'BYE', '200', '487', '2026-03-02 12:00:00', '1792893000', '9'.repeat(400), ''),
  )
  const record: fc.Arbitrary<SourceRecord> = fc.dictionary(column, fc.option(text), { maxKeys: 12 })

  it('is a call, a part of one, or has a reason why not', () => {
    fc.assert(
      fc.property(record, (any) => {
        const outcome = toCall(any, berlin)
        if ('part_of' in outcome) expect(outcome.part_of.length).toBeLessThan(100)
        else expect('call' in outcome || reasonOf(outcome) !== '').toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is joined with any others without a fault, and the same in any order', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), (any) => {
        const seen = [any, [...any].reverse()].map((parts) => kamailio.join?.(parts, berlin)?.call)
        expect(seen[0]).toEqual(seen[1])
      }),
      { numRuns: 2_000 },
    )
  })
})
