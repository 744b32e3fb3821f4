import { beforeEach, describe, expect, it } from 'vitest'

import { destination } from '../../stages/destination.ts'
import { aCall, aPrefix, aProvider, aSource, callOf, empty } from '../support/builders.ts'
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
async function found(dst: string, call: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const id = await aCall(database.db, {
    status: 'client defined',
    direction: 'out',
    provider_id: trunk,
    source_id: office,
    dst,
    ...call,
  })
  await drain(destination, database.url)
  return callOf(database.db, id)
}

describe('the stage destination', () => {
  it('reads the same digits as each exchange means them', async () => {
    const chicago = await aSource(database.db, { country: 'US', area_code: '312' })
    const berlin = await aSource(database.db, {
      country: 'DE',
      area_code: '30',
      outside_line: '0',
      extension_digits: [2],
    })
    expect(await found('92345678')).toMatchObject({ number: '74952345678', country: 'RU', kind: 'local' })
    expect(await found('92345678', { source_id: chicago })).toMatchObject({
      number: '13122345678',
      country: 'US',
    })
    expect(await found('092345678', { source_id: berlin })).toMatchObject({
      number: '493092345678',
      country: 'DE',
    })
  })

  it('takes the longest prefix that fits, the exchange’s own before one for everywhere', async () => {
    const everywhere = await aPrefix(database.db, '77', { e164: '7' })
    expect(await found('774951234567')).toMatchObject({ number: '74951234567', prefix_id: everywhere })

    const longer = await aPrefix(database.db, '7749', { e164: '44', digits: '[10,11)' })
    expect(await found('77497400123456')).toMatchObject({ number: '447400123456', prefix_id: longer })
    expect(await found('774951234567')).toMatchObject({ prefix_id: everywhere })

    const here = await aPrefix(database.db, '77', { e164: '49', source_id: office })
    expect(await found('773012345678')).toMatchObject({ number: '493012345678', prefix_id: here })
    await aPrefix(database.db, '773', { kind: 'none', source_id: await aSource(database.db) })
    expect(await found('773012345678')).toMatchObject({ prefix_id: here })
  })

  it('writes what was found', async () => {
    expect(await found('9810442079460000')).toMatchObject({
      status: 'destination defined',
      number: '442079460000',
      kind: 'international',
      country: 'GB',
      prefix_id: null,
      problem: null,
    })
  })

  it('compares a prefix with what was dialled without its punctuation', async () => {
    const star = await aPrefix(database.db, '*5*', { e164: '7' })
    expect(await found('sip:*5*(495) 123-45-67@gw')).toMatchObject({ number: '74951234567', prefix_id: star })
  })

  it('lets what nobody understands wait for a prefix, and only where it costs', async () => {
    expect(await found('vms460')).toMatchObject({
      status: 'client defined',
      problem: '"vms460" is no telephone number; a row of prefix can say what it means',
    })
    expect(await found('vms460', { provider_id: null, direction: 'internal' })).toMatchObject({
      kind: 'none',
      number: '',
    })
    expect(await found('vms460', { disposition: 'BUSY', billsec: 0 })).toMatchObject({
      kind: 'none',
      number: '',
    })
  })

  it.each<[why: string, dst: string]>([
    ['nothing', ''],
    ['a space', ' '],
    ['a wildcard', '%'],
    ['an injection', "'; drop table paidcalls; --"],
    ['digits of another script', '１２３'],
    ['a picture', '\u{1f4de}'],
    ['5,000 letters', 'x'.repeat(5_000)],
    ['200 digits', '9'.repeat(200)],
    ['a lone +', '+'],
    ['a lone #', '#'],
    ['open brackets', '99(((('],
  ])('survives %s as a number', async (_why, dst) => {
    expect(await found(dst)).toMatchObject({ attempts: 0, due_at: null })
  })
})
