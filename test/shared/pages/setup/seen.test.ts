import { describe, expect, it } from 'vitest'

import { callersIn, isLikely, trunksIn } from '../../../../shared/pages/setup/seen.ts'
import type { SeenCall } from '../../../../shared/pages/setup/seen.ts'

const berlin = { country: 'DE', area_code: '30', outside_line: null, extension_digits: [3] }
const aCall = (call: Partial<SeenCall>): SeenCall => ({
  ...{ src: '101', dst: '0441632960191', did: null, accountcode: '', channel: 'PJSIP/101-1' },
  ...{ channel_names: ['PJSIP/101'], dstchannel_names: ['PJSIP/carrier'] },
  ...call,
})
const trunks = (calls: SeenCall[], known: string[] = []) =>
  trunksIn(calls, berlin, new Set(known)).map((trunk) => [trunk.channel, isLikely(trunk)])
const callers = (calls: SeenCall[]) =>
  callersIn(calls, berlin, new Set(['PJSIP/carrier', '@trunk'])).map(
    ({ kind, callerid }) => `${kind} ${callerid}`,
  )

describe('what calls show of an exchange', () => {
  it('a channel is likely a trunk when outside numbers were dialled over it', () => {
    expect(
      trunks([aCall({ dst: '+441632960191' }), aCall({ dst: '102', dstchannel_names: ['PJSIP/102'] })]),
    ).toEqual([
      ['PJSIP/carrier', true],
      ['PJSIP/102', false],
    ])
  })
  it('a phone that outside calls were sent on to now and then is not', () => {
    const phone = { dstchannel_names: ['PJSIP/102'] }
    expect(
      trunks([
        aCall({ ...phone, dst: '102' }),
        aCall({ ...phone, dst: '102' }),
        aCall({ ...phone, dst: '+441632960191' }),
      ]),
    ).toEqual([['PJSIP/102', false]])
  })
  it('a channel that is a trunk already is not asked for', () => {
    expect(trunks([aCall({})], ['PJSIP/carrier'])).toEqual([])
  })
  it.each([
    [['Local/+44@trunk', 'Local/+44@trunk-1', '@trunk'], '@trunk'],
    [['PJSIP/0163@carrier', 'PJSIP/0163@carrier-1', 'PJSIP/carrier'], 'PJSIP/carrier'],
    [
      ['sofia/external/@10.0.0.1', 'sofia/external', 'sofia/external/0163@10.0.0.1'],
      'sofia/external/@10.0.0.1',
    ],
  ])('of %j the name is the one without a number', (names, name) => {
    expect(trunks([aCall({ dst: '+441632960191', dstchannel_names: names })])).toEqual([[name, true]])
  })
  it('callers are known by account before number before channel, as calls are', () => {
    expect(
      callers([
        aCall({ accountcode: 'sales' }),
        aCall({ src: '030 555100' }),
        aCall({ src: '' }),
        aCall({ dstchannel_names: ['PJSIP/102'], src: '109' }),
      ]),
    ).toEqual(['accountcode sales', 'number 4930555100', 'peer PJSIP/101'])
  })
  it('calls that came in are known by the number that was called', () => {
    const came = {
      channel: 'PJSIP/carrier-1',
      channel_names: ['PJSIP/carrier'],
      dstchannel_names: ['PJSIP/101'],
      src: '+441632960191',
    }
    expect(
      callers([aCall({ ...came, dst: '101', did: '030555100' }), aCall({ ...came, dst: '101' })]),
    ).toEqual(['did 4930555100', 'did 101'])
  })
  it('nobody came in by the second half of a Local channel', () => {
    expect(
      callers([aCall({ channel: 'Local/+44@trunk-1;2', channel_names: ['@trunk'], dstchannel_names: [] })]),
    ).toEqual([])
  })
})
