// Telephone numbers nobody has: regulators keep these ranges free for films and books (Ofcom, Bundesnetzagentur, NANPA,
// Arcep, ComReg, PTS, ACMA). All numbers of the generated calls are from them, written as E.164 without +.

import type { Dice } from './dice.ts'

/** Where people call, and how often compared with the others. */
interface Destination {
  place: string
  weight: number
  number: (dice: Dice) => string
}

const usa = ['202', '206', '212', '305', '312', '415', '512', '617', '702', '808']
const germanMobiles = ['15228817386', '15228895456', '15254599371', '1729925904', '1729968532']

export const destinations: readonly Destination[] = [
  { place: 'London', weight: 14, number: (dice) => `442079460${dice.digits(3)}` },
  { place: 'Leeds', weight: 6, number: (dice) => `441134960${dice.digits(3)}` },
  { place: 'Manchester', weight: 6, number: (dice) => `441614960${dice.digits(3)}` },
  { place: 'no town in particular', weight: 10, number: (dice) => `441632960${dice.digits(3)}` },
  { place: 'UK mobile', weight: 20, number: (dice) => `447700900${dice.digits(3)}` },
  { place: 'UK premium rate', weight: 1, number: (dice) => `449098790${dice.digits(3)}` },
  { place: 'USA', weight: 12, number: (dice) => `1${dice.pick(usa)}55501${dice.digits(2)}` },
  { place: 'Toronto', weight: 2, number: (dice) => `141655501${dice.digits(2)}` },
  { place: 'Jamaica', weight: 1, number: (dice) => `187655501${dice.digits(2)}` },
  { place: 'Berlin', weight: 5, number: (dice) => `493023125${dice.digits(3)}` },
  { place: 'Frankfurt', weight: 4, number: (dice) => `496990009${dice.digits(3)}` },
  { place: 'Munich', weight: 4, number: (dice) => `498999998${dice.digits(3)}` },
  { place: 'German mobile', weight: 4, number: (dice) => `49${dice.pick(germanMobiles)}` },
  { place: 'Paris', weight: 3, number: (dice) => `3319900${dice.digits(4)}` },
  { place: 'French mobile', weight: 2, number: (dice) => `3363998${dice.digits(4)}` },
  { place: 'Ireland', weight: 2, number: (dice) => `35320910${dice.digits(4)}` },
  { place: 'Gothenburg', weight: 1, number: (dice) => `46313900${dice.between(600, 699)}` },
  { place: 'Swedish mobile', weight: 1, number: (dice) => `4670174060${dice.between(5, 9)}` },
  { place: 'Sydney', weight: 1, number: (dice) => `61255500${dice.digits(3)}` },
]

export const berlin = (dice: Dice): string => `493023125${dice.digits(3)}`

export const ukMobile = (dice: Dice): string => `447700900${dice.digits(3)}`

export const tollFree = (dice: Dice): string => `448081570${dice.digits(3)}`

/** A number in one of the areas of Quebec that the rate deck had two prices for, and now has none. */
export const quebec = (dice: Dice): string => `141855501${dice.digits(2)}`

/** A caller from outside. */
export const stranger = (dice: Dice): string =>
  dice.pick([`447700900${dice.digits(3)}`, `441632960${dice.digits(3)}`, `120255501${dice.digits(2)}`])
