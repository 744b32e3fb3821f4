import { beforeEach, describe, expect, it } from 'vitest'

import { client } from '../../stages/client.ts'
import { aCall, aCallerid, aClient, aPrefix, aProvider, aSource, callOf, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drain } from '../support/lines.ts'

const database = useDatabase()
let office: number
let trunk: number

beforeEach(async () => {
  await empty(database.db)
  office = await aSource(database.db, { name: 'office' })
  trunk = await aProvider(database.db)
})

/** Runs the stage over one call. */
async function found(call: Record<string, unknown>): Promise<Record<string, unknown>> {
  const id = await aCall(database.db, { source_id: office, ...call })
  await drain(client, database.url)
  return callOf(database.db, id)
}

const incoming = { channel: 'SIP/trunk-1', dstchannel: 'SIP/201-2', src: '79160000000' }

describe('the stage client', () => {
  it('recognises a caller by account before channel before number', async () => {
    const owner = await aClient(database.db, { name: 'by number' })
    await aCallerid(database.db, owner, '201')
    expect(await found({ accountcode: 'acme' })).toMatchObject({ client: 'by number', client_id: owner })

    await aCallerid(database.db, await aClient(database.db, { name: 'by peer' }), 'SIP/201', { kind: 'peer' })
    expect(await found({ accountcode: 'acme' })).toMatchObject({ client: 'by peer' })

    await aCallerid(database.db, await aClient(database.db, { name: 'by account' }), 'acme', {
      kind: 'accountcode',
    })
    expect(await found({ accountcode: 'acme' })).toMatchObject({ client: 'by account' })
    expect(await found({ accountcode: 'Acme' })).toMatchObject({ client: 'by peer' })
  })

  it("prefers the exchange's own row, and passes over those of other exchanges", async () => {
    const everywhere = await aClient(database.db)
    await aCallerid(database.db, everywhere, '201')
    const elsewhere = await aSource(database.db)
    await aCallerid(database.db, await aClient(database.db), '201', { source_id: elsewhere })
    expect(await found({})).toMatchObject({ client_id: everywhere })

    const here = await aClient(database.db)
    await aCallerid(database.db, here, '201', { source_id: office })
    expect(await found({})).toMatchObject({ client_id: here })
  })

  it.each([
    ['89161112233', 'as dialled at home'],
    ['+7 916 111-22-33', 'with + and punctuation'],
    ['79161112233', 'as E.164'],
    ['8 (916) 111 22 33', 'as people write it'],
  ])('knows the caller %s, %s', async (src) => {
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '+7 (916) 111-22-33')
    expect(await found({ src, channel: 'SIP/gw-1' })).toMatchObject({
      client_id: owner,
      caller: '79161112233',
    })
  })

  it.each([
    ['sofia/gateway/megafon-2', 'sofia/gateway/megafon-2', 'its gateway'],
    [
      'sofia/external/84951234567@203.0.113.5:5060',
      'sofia/external/@203.0.113.5',
      'the address of its channel',
    ],
    ['sofia/external/84951234567@203.0.113.5', 'sofia/external', 'its profile'],
    ['context/default/out', 'context/default/out', 'its context'],
  ])('knows the provider of a call of FreeSWITCH over %s as %s: by %s', async (dstchannel, channel) => {
    const provider_id = await aProvider(database.db, { channel })
    const client_id = await aClient(database.db)
    await aCallerid(database.db, client_id, 'sofia/internal/1001@pbx.example', { kind: 'peer' })
    expect(
      await found({ channel: 'sofia/internal/1001@pbx.example', dstchannel, dst: '984951234567' }),
    ).toMatchObject({
      direction: 'out',
      provider_id,
      client_id,
    })
  })

  it('waits for the provider of a call of FreeSWITCH by a name that does not change with the number', async () => {
    const call = await found({ dstchannel: 'sofia/external/84951234567@203.0.113.5', dst: '984951234567' })
    expect(call).toMatchObject({ problem: 'no provider has the channel sofia/external/@203.0.113.5' })
  })

  it('knows a local number by the area code of its exchange', async () => {
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '74951234567')
    expect(await found({ src: '1234567', channel: 'SIP/gw-1' })).toMatchObject({
      client_id: owner,
      caller: '74951234567',
    })
  })

  it('asks the owner of the day the call was made', async () => {
    const before = await aClient(database.db)
    const after = await aClient(database.db)
    await aCallerid(database.db, before, '201', { valid: '(,2026-03-02T12:00:00Z)' })
    await aCallerid(database.db, after, '201', { valid: '[2026-03-02T12:00:00Z,)' })
    expect(await found({ calldate: '2026-03-02T11:59:59Z' })).toMatchObject({ client_id: before })
    expect(await found({ calldate: '2026-03-02T12:00:00Z' })).toMatchObject({ client_id: after })
  })

  it('gives an incoming call to the owner of the number called', async () => {
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '+7 495 765-43-21', { kind: 'did' })
    for (const dst of ['84957654321', '74957654321', '7654321', '+74957654321']) {
      expect(await found({ ...incoming, dst })).toMatchObject({
        direction: 'in',
        client_id: owner,
        provider_id: trunk,
      })
    }
    expect(await found({ ...incoming, dst: '84957654322' })).toMatchObject({
      problem: 'no client owns the called number 74957654322',
    })
  })

  it('gives an incoming call that a queue took to the owner of the number called', async () => {
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '+7 495 765-43-21', { kind: 'did' })
    expect(await found({ ...incoming, dst: '600', did: '84957654321' })).toMatchObject({ client_id: owner })
    expect(await found({ ...incoming, dst: '600' })).toMatchObject({
      problem: 'no client owns the called number 600',
    })
  })

  it('gives a call that came in and was sent on to whose number was called, also when that record comes later', async () => {
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '+7 495 765-43-21', { kind: 'did' })
    const half = 'Local/89161234567@from-internal-0000000a'
    const on = await aCall(database.db, {
      source_id: office,
      src: '441632960009',
      dst: '89161234567',
      channel: `${half};2`,
    })
    await drain(client, database.url)
    expect(await callOf(database.db, on)).toMatchObject({
      problem: 'no client owns caller ID 441632960009',
    })
    await aCall(database.db, {
      ...incoming,
      source_id: office,
      dst: '201',
      did: '84957654321',
      dstchannel: `${half};1`,
    })
    await drain(client, database.url)
    expect(await callOf(database.db, on)).toMatchObject({ client_id: owner, direction: 'out', problem: null })
  })

  it('reads the number called as its exchange has it in prefix', async () => {
    const owner = await aClient(database.db)
    await aPrefix(database.db, '00', { e164: '7495765', source_id: office })
    await aCallerid(database.db, owner, '74957650021', { kind: 'did' })
    expect(await found({ ...incoming, dst: '000021' })).toMatchObject({ client_id: owner })

    await aPrefix(database.db, '43', { e164: '749576543' })
    await aCallerid(database.db, owner, '74957654321', { kind: 'did' })
    expect(await found({ ...incoming, dst: '4321' })).toMatchObject({ client_id: owner })
  })

  it('charges transit to the owner of the number called, over the trunk it left by', async () => {
    const second = await aProvider(database.db, { channel: 'PJSIP/second' })
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '74957654321', { kind: 'did' })
    expect(await found({ ...incoming, dst: '84957654321', dstchannel: 'PJSIP/second-2' })).toMatchObject({
      direction: 'transit',
      provider_id: second,
      client_id: owner,
    })
  })

  it.each<[channel: string, provider: string, why: string]>([
    ['SIP/megafon-0000abcd', 'SIP/megafon', 'without the counter'],
    ['PJSIP/mts-trunk-00000001', 'PJSIP/mts-trunk', 'with a hyphen of its own'],
    ['DAHDI/i1/84951234567-1f', 'DAHDI/i1/84951234567', 'of a line'],
    ['Local/84951234567@to-mts-00000001;1', '@to-mts', 'of a Local channel, by its context'],
    ['IAX2/other-12345', 'IAX2/other', 'of IAX'],
  ])('knows the trunk of %s as %s, %s', async (dstchannel, channel) => {
    const provider = await aProvider(database.db, { channel })
    await aCallerid(database.db, await aClient(database.db), '201')
    expect(await found({ dstchannel })).toMatchObject({ direction: 'out', provider_id: provider })
  })

  it('lets a call wait for a provider when its channel is nobody’s trunk', async () => {
    expect(await found({ dstchannel: 'SIP/beeline-1', dst: '984951234567' })).toMatchObject({
      status: 'new record',
      problem: 'no provider has the channel SIP/beeline',
      waits_for: expect.arrayContaining(['provider SIP/beeline']) as unknown,
    })
  })

  it('passes on what costs nothing, known or not', async () => {
    expect(await found({ src: '900', disposition: 'NO ANSWER', billsec: 0 })).toMatchObject({
      status: 'client defined',
      direction: 'out',
      client_id: null,
      client: '',
    })
    expect(await found({ src: '900', dst: '202', dstchannel: 'SIP/202-1' })).toMatchObject({
      status: 'client defined',
      direction: 'internal',
      provider_id: null,
    })
  })

  it('takes a call of no known exchange', async () => {
    const owner = await aClient(database.db)
    await aCallerid(database.db, owner, '74951112233')
    expect(await found({ source_id: null, src: '+74951112233' })).toMatchObject({ client_id: owner })
  })

  it('leaves a call alone that is put aside or waits', async () => {
    await aCallerid(database.db, await aClient(database.db), '201')
    expect(await found({ problem: 'x' })).toMatchObject({ status: 'new record', problem: 'x' })
    expect(await found({ due_at: '2099-01-01' })).toMatchObject({ status: 'new record' })
  })
})
