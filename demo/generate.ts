// Calls of an invented exchange in London, written as its Asterisk would write Master.csv: one week, always the same.
//
// The field for users of a record (userfield) says what is to become of it: `outside 442079460123` must get a price to
// that number, `planted …` is there to wait. The stages do not read that field; check.ts does.

import { anyCaller, anyExtension, dialledBy, directLine, extension, harbour, newcomer } from './callers.ts'
import type { Caller } from './callers.ts'
import { createDice } from './dice.ts'
import type { Dice } from './dice.ts'
import { berlin, destinations, quebec, stranger, tollFree, ukMobile } from './fiction.ts'

/** How many calls wait, and what for. */
export const planted = {
  'a caller ID nobody owns': 40,
  'a channel no provider has': 5,
  'a destination without a price': 4,
  'a dialled string that is no number': 3,
} as const
type Plant = keyof typeof planted

// 2026-02-02, a week without a change of the clock: in London UTC.
const firstMonday = Date.UTC(2026, 1, 2) / 1_000
const days = [10, 10, 10, 10, 10, 3, 2].map((weight, day) => ({ weight, day }))

interface Leg extends Caller {
  dst: string
  dcontext: string
  dstchannel: string
  /** Seconds since 1970. */
  start: number
  ringing: number
  /** Null: nobody answered. */
  talking: number | null
  disposition: string
  userfield: string
  uniqueid: string
}

/** `records` lines, in the order in which the calls ended. `monday`, when the week begins, is seconds since 1970. */
export function generateCalls(records: number, { seed = 20_260_202, monday = firstMonday } = {}): string {
  const exchange = createExchange(createDice(seed), monday)
  const legs = Object.entries(planted).flatMap(([plant, count]) =>
    // The keys of a constant object are what its type says.
    Array.from({ length: count }, () => exchange.plant(plant as Plant)),
  )
  while (legs.length < records) {
    const call = exchange.call()
    // What does not fit any more is left to a shorter call.
    if (legs.length + call.length <= records) legs.push(...call)
  }
  return legs
    .sort((a, b) => endOf(a) - endOf(b))
    .map(lineOf)
    .join('')
}

/** What happens on this exchange, each with its usual share; it numbers its channels as Asterisk does. */
function createExchange(dice: Dice, monday: number) {
  let channels = 0
  const onChannel = (name: string): string => `${name}-${(channels++).toString(16).padStart(8, '0')}`

  function leg(caller: Caller, dst: string, dstchannel: string): Leg {
    const hour = dice.percent(90) ? dice.between(8, 18) : dice.between(0, 23)
    const start = monday + (dice.weighted(days).day * 24 + hour) * 3_600 + dice.between(0, 3_599)
    const channel = onChannel(caller.channel)
    return {
      ...{ ...caller, channel, dst, dstchannel, start, dcontext: 'office', userfield: '' },
      ...{ ringing: dice.between(1, 25), talking: talkingTime(dice), disposition: 'ANSWERED' },
      uniqueid: `${start}.${channels}`,
    }
  }
  function outside(caller = anyCaller(dice), number = dice.weighted(destinations).number(dice)): Leg {
    const trunk = onChannel(dice.percent(75) ? 'PJSIP/backbone' : 'PJSIP/atlas')
    return { ...leg(caller, dialledBy(caller, number), trunk), userfield: `outside ${number}` }
  }
  function unanswered(call: Leg, disposition: string): Leg {
    return { ...call, talking: null, disposition, userfield: '' }
  }
  function inside(): Leg {
    const callee = extension(dice)
    return leg(anyExtension(dice), callee, onChannel(`PJSIP/${callee}`))
  }
  function incoming(): Leg {
    const line = dice.between(1, 20)
    const caller = { accountcode: '', src: `+${stranger(dice)}`, channel: 'PJSIP/backbone' }
    return { ...leg(caller, directLine(line), onChannel(`PJSIP/${2_300 + line}`)), dcontext: 'from-carrier' }
  }
  /** The first carrier has no line free; the second takes the call. One call, two records, one uniqueid. */
  function failover(): Leg[] {
    const call = { ...outside(), dstchannel: onChannel('PJSIP/backbone') }
    return [{ ...unanswered(call, 'CONGESTION'), dstchannel: onChannel('PJSIP/atlas'), ringing: 0 }, call]
  }
  /** Somebody calls a colleague who has sent calls on to a mobile telephone. */
  function followMe(): Leg[] {
    const caller = anyExtension(dice)
    const colleague = extension(dice)
    const local = onChannel(`Local/${colleague}@follow-me`)
    const called = leg(caller, colleague, `${local};1`)
    const { dst, dstchannel, userfield } = outside(caller, ukMobile(dice))
    const sentOn = { channel: `${local};2`, dst, dstchannel, userfield, uniqueid: `${called.uniqueid}1` }
    return [called, { ...called, ...sentOn }]
  }
  /** Berlin has a way of its own through the dialplan: there the context of the Local channel is the trunk. */
  function throughDialplan(): Leg[] {
    const call = outside(undefined, berlin(dice))
    const local = onChannel(`Local/${call.dst}@berlin`)
    const arriving = { channel: `${local};2`, dstchannel: '', userfield: '', uniqueid: `${call.uniqueid}1` }
    return [
      { ...call, dstchannel: `${local};1` },
      { ...call, ...arriving },
    ]
  }

  const situations: { weight: number; legs: () => Leg[] }[] = [
    { weight: 500, legs: () => [outside()] },
    { weight: 110, legs: () => [unanswered(outside(), 'NO ANSWER')] },
    { weight: 60, legs: () => [unanswered(outside(), 'BUSY')] },
    { weight: 30, legs: () => [unanswered(outside(), 'FAILED')] },
    // Answered and hung up within the second.
    { weight: 10, legs: () => [{ ...outside(), talking: 0, userfield: '' }] },
    // The channel was answered by an announcement, the callee never.
    { weight: 10, legs: () => [{ ...outside(), disposition: 'NO ANSWER', userfield: '' }] },
    { weight: 12, legs: () => [outside(undefined, tollFree(dice))] },
    { weight: 2, legs: () => [outside(undefined, dice.pick(['999', '112']))] },
    { weight: 130, legs: () => [inside()] },
    { weight: 15, legs: () => [leg(anyExtension(dice), '*97', '')] },
    { weight: 90, legs: () => [incoming()] },
    { weight: 20, legs: failover },
    { weight: 20, legs: followMe },
    { weight: 20, legs: throughDialplan },
  ]
  return {
    call: (): Leg[] => dice.weighted(situations).legs(),
    plant: (kind: Plant): Leg => ({ ...plantedCall(kind), userfield: `planted ${kind}` }),
  }

  function plantedCall(kind: Plant): Leg {
    switch (kind) {
      case 'a caller ID nobody owns':
        return outside({ accountcode: '', src: newcomer, channel: `PJSIP/${newcomer}` })
      case 'a channel no provider has':
        return { ...outside(harbour(dice)), dstchannel: onChannel('PJSIP/old-carrier') }
      case 'a destination without a price':
        return outside(harbour(dice), quebec(dice))
      case 'a dialled string that is no number':
        return { ...outside(harbour(dice)), dst: 'gsm2' }
    }
  }
}

/** Mostly a few minutes, now and then an hour. */
function talkingTime(dice: Dice): number {
  return dice.percent(4) ? dice.between(1_200, 5_400) : dice.between(2, 40) * dice.between(1, 12)
}

const endOf = ({ start, ringing, talking }: Leg): number => start + ringing + (talking ?? 0)

/** As cdr_csv writes it with loguniqueid, loguserfield and newcdrcolumns. */
function lineOf(leg: Leg, sequence: number): string {
  const { accountcode, src, dst, dcontext, channel, dstchannel, start, ringing, talking, disposition } = leg
  const answer = talking === null ? '' : moment(start + ringing)
  const fields = [
    ...[accountcode, src, dst, dcontext, `"${src}" <${src}>`, channel, dstchannel, 'Dial', dst].map(quoted),
    ...[moment(start), answer, moment(endOf(leg)), ringing + (talking ?? 0), talking ?? 0],
    ...[disposition, 'DOCUMENTATION', leg.uniqueid, leg.userfield, '', leg.uniqueid].map(quoted),
    sequence,
  ]
  return `${fields.join()}\n`
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const moment = (second: number): string =>
  quoted(new Date(second * 1_000).toISOString().slice(0, 19).replace('T', ' '))
