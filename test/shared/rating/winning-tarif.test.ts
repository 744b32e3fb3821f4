import { describe, expect, it } from 'vitest'

import { priceOf } from '../../../shared/rating/price.ts'
import { rankedTarifs } from '../../../shared/rating/winning-tarif.ts'
import { aCall, aPlan, aTarif, difference, priced, root } from '../../support/rates.ts'

describe('the row that wins', () => {
  const inBase = aTarif({ code: '49' })
  const longer = aTarif({ code: '4930' })
  const ownPrefix = aTarif({ code: '49', prefix_id: 7 })
  const ownPlan = aTarif({ code: '49', tarifnum: 2 })
  const withHours = aTarif({ code: '49', from_time: '08:00', to_time: '20:00' })
  const withDays = aTarif({ code: '49', days: [1] })

  it.each([
    ['the longest code', [inBase, longer], longer],
    ['the longest code, though it stands in the base', [ownPlan, longer], longer],
    ['the longest code, though another has the prefix dialled', [ownPrefix, longer], longer],
    ['the prefix dialled before any', [inBase, ownPrefix], ownPrefix],
    ['the prefix dialled in the base before any in the own plan', [ownPlan, ownPrefix], ownPrefix],
    ['the own plan before its base', [inBase, ownPlan], ownPlan],
    ['the own plan before hours in the base', [withHours, ownPlan], ownPlan],
    ['hours before none', [inBase, withHours], withHours],
    ['days before none', [inBase, withDays], withDays],
  ])('is that with %s', (_why, rows, winner) => {
    const call = { prefix_id: 7 }
    expect(priced(call, rows, [difference, root]).tarif).toBe(winner)
    expect(priced(call, rows.toReversed(), [difference, root]).tarif).toBe(winner)
  })

  it.each([
    ['the code does not begin the number', aTarif({ code: '4931' })],
    ['it is for another prefix', aTarif({ prefix_id: 8 })],
    ['it is for incoming calls', aTarif({ direction: 'in' })],
    ['it stands in a plan that is not priced', aTarif({ tarifnum: 2 })],
    ['it is for other hours', aTarif({ from_time: '13:00', to_time: '14:00' })],
    ['it is for other days', aTarif({ days: [2, 3] })],
    ['it is for no day at all', aTarif({ days: [] })],
  ])('is none where %s', (_why, row) => {
    expect(priceOf(aCall({ prefix_id: 7 }), [root], [row])).toBeNull()
  })

  it('comes from the nearest plan of a long chain', () => {
    const chain = [aPlan({ tarifnum: 3, base: 2 }), difference, root]
    const rows = [aTarif({ tarifnum: 1 }), aTarif({ tarifnum: 2, price: '0.30' })]
    expect(priced({}, rows, chain).price).toBe('0.30')
  })

  it('matches every number with the empty code', () => {
    expect(priced({}, [aTarif({ code: '' })]).rule).toBe('price')
  })

  it('leaves the candidates as they were', () => {
    const rows = Object.freeze([inBase, longer])
    expect(rankedTarifs(aCall(), [root], rows)).toEqual([longer, inBase])
  })
})
