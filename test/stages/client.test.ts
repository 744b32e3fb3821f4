import { describe, expect, it } from 'vitest'

import type { Owner } from '../../shared/clients/owner.ts'
import { decide } from '../../stages/client.ts'
import type { Facts } from '../../stages/client.ts'

const trunk = { id: 1, channel: 'SIP/trunk' }
const longerTrunk = { id: 2, channel: 'SIP/trunk-00000002' }
const trunkOfCaller = { id: 1, channel: 'SIP/201' }

/** An answered call of extension 201 to Moscow over a trunk. */
function aCall(over: Partial<Facts> = {}): Facts {
  return {
    id: 1,
    did: null,
    src: '201',
    dst: '984951234567',
    accountcode: '',
    channel: 'SIP/201-00000001',
    dstchannel: 'SIP/trunk-00000002',
    channel_names: ['SIP/201', 'SIP/201-00000001'],
    dstchannel_names: ['SIP/trunk', 'SIP/trunk-00000002'],
    disposition: 'ANSWERED',
    billsec: 60,
    billable_by: 'disposition',
    source_id: 7,
    country: 'RU',
    area_code: '495',
    outside_line: '9',
    extension_digits: [3],
    providers: [trunk],
    prefixes: null,
    has_second_half: false,
    first_half: null,
    owners: [anOwner({ callerid: '201' })],
    ...over,
  }
}

function anOwner(over: Partial<Owner> = {}): Owner {
  return { client_id: 5, client: 'Acme', kind: 'number', callerid: '201', source_id: null, ...over }
}

const incoming = { providers: [trunkOfCaller], dst: '84957654321' }
const unanswered = { disposition: 'NO ANSWER', billsec: 0 }

describe('the direction of a call', () => {
  it.each<[direction: string, why: string, call: Partial<Facts>, provider: number | null]>([
    ['out', 'it left by a trunk', {}, 1],
    [
      'in',
      'it came by a trunk',
      { ...incoming, owners: [anOwner({ kind: 'did', callerid: '74957654321' })] },
      1,
    ],
    [
      'transit',
      'it came by one trunk and left by another',
      {
        ...incoming,
        providers: [trunkOfCaller, longerTrunk],
        owners: [anOwner({ kind: 'did', callerid: '74957654321' })],
      },
      2,
    ],
    ['internal', 'no trunk took part', { providers: null, dst: '202' }, null],
    [
      'internal',
      'an outside number was dialled and nobody called',
      { providers: null, dstchannel: '', dstchannel_names: [] },
      null,
    ],
    ['internal', 'a feature code was dialled', { providers: null, dst: '*97' }, null],
    [
      'internal',
      "the second half of a Local channel is the exchange's own",
      {
        providers: [trunkOfCaller],
        channel: 'Local/84951234567@trunk-0001;2',
        dstchannel: '',
        dstchannel_names: [],
      },
      null,
    ],
  ])('is %s where %s', (direction, _why, call, provider) => {
    const outcome = decide(aCall(call))
    expect('found' in outcome && outcome.found.slice(0, 2)).toEqual([direction, provider])
  })

  it('names the provider whose channel fits in the greatest length', () => {
    const outcome = decide(aCall({ providers: [trunk, longerTrunk] }))
    expect('found' in outcome && outcome.found[1]).toBe(2)
  })
})

describe('the owner of a call', () => {
  const byNumber = anOwner({ client_id: 1, client: 'by number' })
  const byPeer = anOwner({ client_id: 2, client: 'by peer', kind: 'peer', callerid: 'SIP/201' })
  const byAccount = anOwner({ client_id: 3, client: 'by account', kind: 'accountcode', callerid: 'acme' })
  const byDid = anOwner({ client_id: 4, client: 'by did', kind: 'did', callerid: '74957654321' })
  const here = { source_id: 7 }

  it.each<[owner: string, why: string, owners: Owner[], call: Partial<Facts>]>([
    ['by account', 'the account comes before the peer and the number', [byNumber, byPeer, byAccount], {}],
    ['by peer', 'the peer comes before the number', [byNumber, byPeer], {}],
    ['by number', 'the number comes last', [byNumber], {}],
    ['by number', 'another account is not asked for', [byNumber, { ...byAccount, callerid: 'beta' }], {}],
    ['by account', 'the order of the rows does not matter', [byAccount, byPeer, byNumber], {}],
    [
      'here',
      "the exchange's own row comes before one for everywhere",
      [byNumber, { ...byNumber, ...here, client: 'here' }],
      {},
    ],
    ['here', 'also the other way round', [{ ...byNumber, ...here, client: 'here' }, byNumber], {}],
    ['by peer', 'a peer everywhere comes before a number here', [{ ...byNumber, ...here }, byPeer], {}],
    [
      'by did',
      'an incoming call is asked by the number called',
      [byNumber, byPeer, byAccount, byDid],
      incoming,
    ],
    [
      'by did',
      'where the record tells the number called beside whoever took the call, that is asked',
      [byNumber, byDid],
      { ...incoming, dst: '600', did: '84957654321' },
    ],
    [
      'by queue',
      'and then whoever took it',
      [{ ...byDid, callerid: '600', client: 'by queue' }],
      { ...incoming, dst: '600', did: '84950000000' },
    ],
    [
      'by did',
      'transit is theirs whose number was called, when neither account nor channel nor caller is anybody’s',
      [byDid],
      { ...incoming, providers: [trunkOfCaller, longerTrunk] },
    ],
    [
      'by account',
      'transit is theirs by whose account it came, before all others',
      [byNumber, byDid, byAccount],
      { ...incoming, providers: [trunkOfCaller, longerTrunk] },
    ],
    [
      'by number',
      'a caller written as dialled at home is the same number',
      [{ ...byNumber, callerid: '74951112233' }],
      { src: '84951112233' },
    ],
    [
      'by number',
      'so is one with + and punctuation',
      [{ ...byNumber, callerid: '74951112233' }],
      { src: '+7 (495) 111-22-33' },
    ],
    [
      'by number',
      'a caller that is no number is compared as it is',
      [{ ...byNumber, callerid: 'anna' }],
      { src: 'anna' },
    ],
    ['by number', 'an internal call has an owner too', [byNumber], { providers: null, dst: '202' }],
  ])('is %s: %s', (owner, _why, owners, call) => {
    const outcome = decide(aCall({ accountcode: 'acme', ...call, owners }))
    expect('found' in outcome && outcome.found[3]).toBe(owner)
  })

  it('is kept with its name, beside the caller as E.164', () => {
    expect(decide(aCall({ src: '84951112233', owners: [anOwner({ callerid: '74951112233' })] }))).toEqual({
      found: ['out', 1, 5, 'Acme', '74951112233'],
    })
  })
})

describe('a call waits', () => {
  it.each<[problem: string, why: string, call: Partial<Facts>]>([
    ['no client owns caller ID 201', 'nobody can be charged', { owners: [] }],
    [
      'no client owns caller ID 74951112233',
      'the number is told as it is to be entered',
      { src: '84951112233' },
    ],
    [
      'no client owns caller ID 201',
      'a row of the called kind does not help a caller',
      { owners: [anOwner({ kind: 'did' })] },
    ],
    ['no client owns the called number 74957654321', 'an incoming call costs whoever is called', incoming],
    [
      'no client owns the called number vms460',
      'a called name is told as it is',
      { ...incoming, dst: 'vms460' },
    ],
    [
      'no client owns the call: it has no caller ID, account "acme", channel SIP/gw',
      'there is no number to name',
      { src: '', accountcode: 'acme', channel_names: ['SIP/gw'], owners: [] },
    ],
    [
      'no provider has the channel SIP/trunk',
      'an outside number went over nobody’s trunk',
      { providers: null },
    ],
    [
      'no client owns caller ID evil name',
      'control characters do not reach a terminal',
      { src: 'evil\u001b\nname', owners: [] },
    ],
  ])('with "%s": %s', (problem, _why, call) => {
    expect(decide(aCall(call))).toMatchObject({ problem })
  })

  it.each<[waits_for: string[], why: string, call: Partial<Facts>]>([
    [
      [
        'callerid accountcode acme',
        'callerid accountcode acme at source 7',
        'callerid peer SIP/201',
        'callerid peer SIP/201 at source 7',
        'callerid peer SIP/201-00000001',
        'callerid peer SIP/201-00000001 at source 7',
        'callerid number 201',
        'callerid number 201 at source 7',
        'source 7',
      ],
      'any row that would recognise the caller',
      { accountcode: 'acme', owners: [] },
    ],
    [
      ['callerid did 74957654321', 'callerid did 74957654321 at source 7', 'source 7'],
      'the owner of the number called',
      incoming,
    ],
    [
      [
        'callerid did 74957654321',
        'callerid did 74957654321 at source 7',
        'callerid did 600',
        'callerid did 600 at source 7',
        'source 7',
      ],
      'the owner of the number called, or of the queue',
      { ...incoming, dst: '600', did: '84957654321' },
    ],
    [
      [
        'provider SIP/trunk',
        'provider SIP/trunk-00000002',
        'provider SIP/201',
        'provider SIP/201-00000001',
        'source 7',
      ],
      'a provider with one of its channels',
      { providers: null },
    ],
    [
      ['callerid peer SIP/gw', 'callerid number 900'],
      'a call of no known exchange, for rows for everywhere',
      { src: '900', channel_names: ['SIP/gw'], source_id: null, owners: [] },
    ],
  ])('for %j: %s', (waits_for, _why, call) => {
    expect(decide(aCall(call))).toMatchObject({ waits_for })
  })
})

describe('a call that cannot cost anything never waits', () => {
  it.each<[why: string, call: Partial<Facts>]>([
    ['nobody answered', { ...unanswered, owners: [] }],
    ['it was answered for no time', { billsec: 0, owners: [] }],
    ['it was busy after an announcement', { disposition: 'BUSY', billsec: 20, owners: [] }],
    ['nobody answered, over an unknown channel', { ...unanswered, providers: null, owners: [] }],
    ['no provider took part', { providers: null, dst: '202', owners: [] }],
    ['it was dialled and led nowhere', { providers: null, dstchannel: '', dstchannel_names: [], owners: [] }],
    ['nobody answered a number nobody owns', { ...incoming, ...unanswered, owners: [] }],
  ])('where %s', (_why, call) => {
    expect(decide(aCall(call))).toMatchObject({ found: expect.arrayContaining([null]) as unknown })
  })

  it('but waits where the exchange says that billsec alone decides', () => {
    const call = { disposition: 'NO ANSWER', billsec: 5, owners: [] }
    expect(decide(aCall({ ...call, billable_by: 'billsec' }))).toHaveProperty('problem')
    expect(decide(aCall(call))).toHaveProperty('found')
  })
})
