// What leaves the exchange, and what is only one half of a call within it. Pure.

import { destinationOf } from './dialling.ts'
import type { Prefix } from './dialling.ts'
import type { ExchangeFacts } from './digit-analysis.ts'

/** Whether somebody in the public network was dialled: over whatever channel it went, that one is a trunk. */
export const isOutside = (
  dialled: string,
  exchange: ExchangeFacts,
  prefixes: readonly Prefix[] | null,
): boolean => !['internal', 'none'].includes(destinationOf(dialled, exchange, prefixes ?? []).kind)

/** The second half of a Local channel runs the exchange's own dialplan: nobody came in by it. */
export const isSecondHalf = (channel: string): boolean => /^Local\/.*;2$/.test(channel)
