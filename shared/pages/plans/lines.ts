// Codes of plans, each with what every plan charges for it.

import type { Stage } from '../../line/stage.ts'
import { codesBeside } from '../../simulation/beside.ts'
import type { Unmade } from '../../simulation/beside.ts'
import type { UnderPlan } from '../../simulation/under-plans.ts'
import type { Visit } from '../../web/page.ts'
import { codesOf } from './asked.ts'
import type { Asked } from './asked.ts'

export interface Line {
  code: string
  /** A plan each, in the order in which they were asked for. */
  under: UnderPlan[]
}

export const nameOf = ({ tarifnum, name }: Asked['plans'][number]): string =>
  `${name || 'Plan'} (${tarifnum})`

/** At most so many, behind a code; null: from the first on. */
export async function linesOf<Facts extends Unmade>(
  visit: Visit,
  tariff: Stage<Facts>,
  asked: Asked,
  behind: string | null,
  most: number,
): Promise<Line[]> {
  const codes = asked.plans.length === 0 ? [] : await codesOf(visit, asked, behind, most)
  if (codes.length === 0) return []
  const plans = asked.plans.map(({ tarifnum }) => tarifnum)
  const found = await codesBeside(visit.db, tariff, codes, asked.at, plans)
  return codes.map((code, at) => ({ code, under: found.filter(({ call }) => call === at) }))
}
