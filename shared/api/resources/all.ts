// All that can be asked.

import type { Call } from '../../line/stage.ts'
import type { Operation } from '../operation.ts'
import { calls } from './calls.ts'
import { money } from './money.ts'
import { pay } from './pay.ts'
import { createPrices } from './prices.ts'
import type { Stages } from './prices.ts'

import { push } from './push.ts'
import { reference } from './reference.ts'

/** What is quoted is priced by the stages, as it will be charged. */
export function createOperations<Dialled extends Call, Priced extends Call & { carried: boolean }>(
  stages: Stages<Dialled, Priced>,
): readonly Operation[] {
  return [...reference, ...calls, ...createPrices(stages), ...money, pay, push]
}
