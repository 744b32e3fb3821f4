import { beforeEach, describe, expect, it } from 'vitest'

import { aCall, aSource, emptyCalls } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

beforeEach(() => emptyCalls(database.db))

async function suspicions(): Promise<{ id: number; suspicion: string; other_call: number | null }[]> {
  const { rows } = await database.db.query<{ id: number; suspicion: string; other_call: number | null }>(
    `select id, suspicion, other_call from suspicious_calls_between('2026-01-01', '2027-01-01')`,
  )
  return rows
}

const lasting = (seconds: number) => ({
  duration: seconds,
  billsec: seconds,
  channel: '',
  imported_at: '2026-12-31',
})

describe('a call is suspicious', () => {
  it.each([
    [32_767, 'lasted 32767 s, where a counter of 16 bits ends'],
    [32_768, 'lasted 32768 s, where a counter of 16 bits ends'],
    [65_535, 'lasted 65535 s, where a counter of 16 bits ends'],
    [43_201, 'lasted 43201 s, where exchanges cut off what hangs'],
  ])('when it lasted %s seconds', async (seconds, suspicion) => {
    const id = await aCall(database.db, lasting(seconds))
    await aCall(database.db, lasting(seconds - 60))
    expect(await suspicions()).toEqual([{ id, suspicion, other_call: null }])
  })

  it('when three of an exchange lasted the same whole hours', async () => {
    const source_id = await aSource(database.db)
    for (let nr = 0; nr < 3; nr++) await aCall(database.db, { source_id, ...lasting(7_200) })
    await aCall(database.db, { source_id: await aSource(database.db), ...lasting(7_200) })
    for (let nr = 0; nr < 3; nr++) await aCall(database.db, { source_id, ...lasting(7_345) })
    expect((await suspicions()).map(({ suspicion }) => suspicion)).toEqual(
      Array(3).fill('lasted 7200 s like other calls, as if cut off by a limit'),
    )
  })

  it('when it ends after its record was read', async () => {
    const call = { duration: 4_000, billsec: 4_000, channel: '', calldate: '2026-03-01T12:00:00Z' }
    const id = await aCall(database.db, { ...call, imported_at: '2026-03-01T12:30:00Z' })
    await aCall(database.db, { ...call, imported_at: '2026-03-01T13:06:41Z' })
    expect(await suspicions()).toMatchObject([
      { id, suspicion: expect.stringMatching(/^ends after/) as unknown },
    ])
  })

  describe('when the next call is on its channel', () => {
    const source = { id: 0 }
    beforeEach(async () => (source.id = await aSource(database.db)))
    const answered = (at: string, billsec: number, uniqueid: string, channel = 'DAHDI/1-1') =>
      aCall(database.db, {
        source_id: source.id,
        calldate: `2026-03-01T${at}Z`,
        answered_at: `2026-03-01T${at}Z`,
        duration: billsec,
        billsec,
        uniqueid,
        channel,
      })

    it('and names that call', async () => {
      const stuck = await answered('12:00:00', 1_000, '1.1')
      const next = await answered('12:05:00', 60, '1.2')
      await answered('12:10:00', 60, '1.3')
      expect(await suspicions()).toEqual([
        {
          id: stuck,
          suspicion: 'still went on for 700 s when the next call was answered on its channel',
          other_call: next,
        },
      ])
    })

    it('but not when that is a second, another exchange, another channel, or a name without a counter', async () => {
      await answered('12:00:00', 301, '1.1')
      await answered('12:05:00', 60, '1.2')
      await answered('12:05:00', 60, '1.3', 'DAHDI/2-1')
      await answered('12:05:00', 60, '1.4', 'sofia/gateway/carrier/4930123456')
      await answered('12:05:00', 60, '1.5', 'sofia/gateway/carrier/4930123456')
      source.id = await aSource(database.db)
      await answered('12:05:02', 60, '1.6')
      expect(await suspicions()).toEqual([])
    })

    it('but not when both are records of one uniqueid: failover, ring group, transfer', async () => {
      await answered('12:00:00', 600, '1.1', 'SIP/201-0000001a')
      await answered('12:00:30', 570, '1.1', 'SIP/201-0000001a')
      await answered('12:05:00', 300, '1.1', 'SIP/201-0000001a')
      expect(await suspicions()).toEqual([])
    })
  })
})
