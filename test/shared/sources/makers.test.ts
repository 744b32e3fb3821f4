import { fileURLToPath, pathToFileURL } from 'node:url'

import { describe, expect, it } from 'vitest'

import { judge } from '../../../shared/cdr/judge.ts'
import { countDays } from '../../../shared/import/reconcile.ts'
import { formatOf, openReader } from '../../../shared/sources/registry.ts'
import { readAll } from '../../support/importing.ts'

const folder = fileURLToPath(new URL('../../fixtures/makers/', import.meta.url))

interface Told {
  format?: string
  mapping?: Record<string, unknown>
}

/** What the records of a place become, as docs/sources.md says to read it. */
async function read(scheme: string, place: string, { format = 'asterisk', mapping = {} }: Told = {}) {
  const [file = '', query = ''] = place.split('?')
  const url = new URL(
    `${pathToFileURL(`${folder}${file}`).href.replace('file:', scheme)}${query === '' ? '' : `?${query}`}`,
  )
  const read = formatOf({ format, mapping, filter: [] })
  const reader = openReader(url, () => read)
  await reader.open()
  const { records } = await readAll(reader)
  const judged = judge(records, read, { time_zone: 'UTC', latestYear: 2027 })
  const days = await countDays(reader.countDays(), read)
  await reader.close()
  return { judged, days: days.map(({ day, records: counted }) => ({ day, records: counted })) }
}

const outgoing = { calldate: '2026-03-02T10:05:00.000Z', src: '201', dst: '01632960001', billsec: 120 }

describe('records as makers describe them', () => {
  it('of Cisco CUCM, whose second line tells the types of its columns', async () => {
    const { judged } = await read('csv:', 'cisco-cucm.csv', {
      mapping: {
        calldate: 'dateTimeOrigination',
        answer: 'dateTimeConnect',
        src: 'callingPartyNumber',
        dst: 'finalCalledPartyNumber',
        billsec: 'duration',
        channel: 'origDeviceName',
        dstchannel: 'destDeviceName',
        uniqueid: 'globalCallID_callId',
        accountcode: 'clientMatterCode',
      },
    })
    expect(judged).toMatchObject([
      { ...outgoing, dst: '901632960001', dstchannel: 'TRUNK-CARRIER', accountcode: '4711' },
      { dst: '901632960002', billsec: 0 },
    ])
  })

  it('of Grandstream UCM', async () => {
    const { judged } = await read('csv:', 'grandstream-ucm.csv')
    expect(judged).toMatchObject([{ ...outgoing, dstchannel: 'PJSIP/trunk_1/01632960001-00000004' }])
  })

  it('of Yeastar', async () => {
    const { judged } = await read('csv:', 'yeastar.csv', {
      mapping: {
        calldate: 'Time',
        src: 'Call From',
        dst: 'Call To',
        duration: 'Call Duration',
        billsec: 'Talk Duration',
        channel: 'Source Trunk',
        dstchannel: 'Destination Trunk',
        disposition: 'Status',
        did: 'DID Number',
      },
    })
    expect(judged).toMatchObject([
      { ...outgoing, dstchannel: 'Carrier' },
      { src: '01632960009', dst: '201', did: '01632960100', channel: 'Carrier', billsec: 0 },
    ])
  })

  it('of FreePBX: the extension that called, and the number of ours that was called', async () => {
    const { judged } = await read('csv:', 'freepbx.csv')
    expect(judged).toMatchObject([
      outgoing,
      { src: '01632960009', dst: '600', did: '01632960100', billsec: 55 },
    ])
    expect(judged[0]).not.toHaveProperty('did')
  })

  it('of Issabel, with semicolons', async () => {
    const { judged } = await read('csv:', 'issabel.csv')
    expect(judged).toMatchObject([{ ...outgoing, dstchannel: 'SIP/carrier-00000004' }])
  })

  it('of 3CX and of Avaya IP Office, without a header', async () => {
    const threeCx = await read(
      'csv:',
      '3cx.csv?columns=historyid,callid,duration,time-start,time-answered,time-end,reason-terminated,from-no,to-no,from-dn,to-dn,dial-no,reason-changed,final-number,final-dn,bill-code,bill-rate,bill-cost,bill-name,chain',
      {
        mapping: {
          calldate: 'time-start',
          answer: 'time-answered',
          billsec: 'duration',
          src: 'from-dn',
          dst: 'dial-no',
          dstchannel: 'to-dn',
        },
      },
    )
    expect(threeCx.judged).toMatchObject([{ src: '201', dst: '01632960001', billsec: 120 }, { billsec: 0 }])
    const avaya = await read(
      'csv:',
      'ip-office.csv?columns=call_start,connected_time,ring_time,caller,direction,called_number,dialled_number,account,is_internal,call_id,continuation,party1device,party1name,party2device,party2name,hold_time,park_time',
      {
        mapping: {
          calldate: 'call_start',
          billsec: 'connected_time',
          src: 'caller',
          dst: 'called_number',
          accountcode: 'account',
          channel: 'party1device',
          dstchannel: 'party2device',
        },
      },
    )
    expect(avaya.judged).toMatchObject([
      { dst: '01632960001', billsec: 120, dstchannel: 'T9001' },
      {},
      { billsec: 0 },
    ])
  })

  it('of an exchange nobody thought of: month first, a direction, minutes and seconds', async () => {
    const { judged, days } = await read('csv:', 'softswitch.csv', {
      mapping: {
        calldate: { column: ['Date', 'Time'], as: 'month first' },
        src: 'A-Number',
        dst: 'B-Number',
        billsec: { column: 'Length', as: 'mm:ss' },
        channel: { column: 'Dir', words: { I: 'trunk', '*': '' } },
        dstchannel: { column: 'Dir', words: { O: 'trunk', '*': '' } },
      },
    })
    expect(judged).toMatchObject([
      { ...outgoing, channel: '', dstchannel: 'trunk', day: '2026-03-02' },
      {
        calldate: '2026-03-15T14:05:30.000Z',
        channel: 'trunk',
        dstchannel: '',
        billsec: 30,
        day: '2026-03-15',
      },
    ])
    expect(days).toEqual([
      { day: '2026-03-02', records: 1 },
      { day: '2026-03-15', records: 1 },
    ])
  })

  it.each([
    ['json:', 'json'],
    ['xml:', 'xml'],
  ])('of FreeSWITCH, a %s file a leg, in a folder', async (scheme, place) => {
    const { judged, days } = await read(scheme, place, { format: 'freeswitch' })
    expect(judged[0]).toMatchObject({
      ...outgoing,
      dstchannel: 'sofia/gateway/carrier',
      channel: 'sofia/internal/201@pbx.example.net',
      accountcode: 'acme',
      dcontext: 'default',
      uniqueid: '5f0c7a50-1',
      disposition: 'ANSWERED',
    })
    if (place === 'json')
      expect(judged[1]).toMatchObject({ left_out: 'the record is the B leg of call 5f0c7a50-1' })
    expect(days.reduce((sum, { records }) => sum + records, 0)).toBe(judged.length)
  })

  it('of whoever writes an object a line', async () => {
    const { judged } = await read('jsonl:', 'calls.jsonl')
    expect(judged).toMatchObject([
      { ...outgoing, dstchannel: 'SIP/carrier-2' },
      { billsec: 0, record: { 'tags.agents': '[1,2]' } },
      { rejected: 'the line is no JSON object' },
    ])
  })
})

describe('a source that lacks what a price needs', () => {
  it.each<[string, string, Told, RegExp]>([
    [
      'is not read, and the columns it has are named with those that are wanted',
      'cisco-cucm.csv',
      { mapping: { calldate: 'dateTimeOrigination', billsec: 'duration' } },
      /does not tell the dialled number \(dst, destination\), the trunk \(dstchannel\): it has cdrrecordtype, .*finalcalledpartynumber.*Perhaps mapping = '{"dst":"finalcalledpartynumber","dstchannel":"destdevicename","src":"callingpartynumber"}'\.$/,
    ],
    [
      'gets a mapping proposed when nothing of it is known',
      'softswitch.csv',
      {},
      /none of its first lines has 16 to 21 columns\. Perhaps mapping = '{"calldate":"date","dst":"b-number","billsec":"length","src":"a-number"}'/,
    ],
    [
      'is not read by a mapping that names a column it has not',
      'freepbx.csv',
      { mapping: { src: 'caller_no' } },
      /^source\.mapping names caller_no\. .* has no such column: it has calldate, clid/,
    ],
  ])('%s', async (_, place, told, sentence) => {
    await expect(read('csv:', place, told)).rejects.toThrow(sentence)
  })
})
