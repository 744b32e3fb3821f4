// Who calls from the invented exchange in London. set-up.sql says which client each of them is.

import type { Dice } from './dice.ts'

export interface Caller {
  accountcode: string
  src: string
  channel: string
}

/** The extension that nobody has entered as a caller ID yet. */
export const newcomer = '2177'

/** A client known by its extensions … */
export function harbour(dice: Dice): Caller {
  const src = String(2_100 + dice.between(1, 20))
  return { accountcode: '', src, channel: `PJSIP/${src}` }
}

/** … one by its account … */
function clinic(dice: Dice): Caller {
  const src = String(2_200 + dice.between(1, 15))
  return { accountcode: 'clinic', src, channel: `PJSIP/${src}` }
}

/** … one by the numbers it sends … */
function foundry(dice: Dice): Caller {
  const line = dice.between(1, 20)
  return { accountcode: '', src: directLine(line), channel: `PJSIP/${2_300 + line}` }
}

/** … and one by the trunk on which its own exchange calls. */
function meridian(dice: Dice): Caller {
  return { accountcode: '', src: `+4416329604${dice.digits(2)}`, channel: 'PJSIP/meridian' }
}

export const anyExtension = (dice: Dice): Caller => dice.pick([harbour, clinic])(dice)
export const anyCaller = (dice: Dice): Caller =>
  dice.pick([harbour, harbour, clinic, foundry, meridian])(dice)
export const extension = (dice: Dice): string => String(dice.pick([2_100, 2_200]) + dice.between(1, 15))
export const directLine = (line: number): string => `0207946${String(line).padStart(4, '0')}`

/** In the office a 9 leads out, then London dials as London does; an exchange sends whole numbers. */
export function dialledBy({ channel }: Caller, number: string): string {
  if (number.length < 7) return number
  if (channel === 'PJSIP/meridian') return `+${number}`
  if (number.startsWith('4420')) return `9${number.slice(4)}`
  return number.startsWith('44') ? `90${number.slice(2)}` : `900${number}`
}
