// The portal: what a client sees of itself. Whose rows these are says the database, to a login that has no right to any table.

import type { Call, Stage } from '../../line/stage.ts'
import type { Page } from '../../web/page.ts'
import type { People } from '../../web/people.ts'
import { alerts } from './alerts.ts'
import { calls } from './calls.ts'
import { overview } from './overview.ts'
import { rates } from './rates.ts'
import { reports } from './reports.ts'
import { createSimulator } from './simulator.ts'
import { statements } from './statements.ts'

export const createPortal = <Dialled extends Call, Priced extends Call & { carried: boolean }>(
  people: People,
  stages: { destination: Stage<Dialled>; tariff: Stage<Priced> },
): readonly Page[] => [overview, calls, reports, statements, rates, createSimulator(people, stages), alerts]
