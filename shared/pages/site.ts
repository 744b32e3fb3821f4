// All there is to look at, and all there is to take home.

import type { Call, Stage } from '../line/stage.ts'
import type { Mailer } from '../notify/mail.ts'
import type { Unmade } from '../simulation/beside.ts'
import { passing } from '../simulation/pass-on.ts'
import type { KeptFiles } from '../web/kept-files.ts'
import type { People } from '../web/people.ts'
import type { Site } from '../web/server.ts'
import { accounts, tables } from './tables/kept.ts'
import { alerts } from './alerts.ts'
import { call } from './calls/one.ts'
import { callFiles } from './calls/files.ts'
import { calls } from './calls/search.ts'
import { clients, countries, countriesMap, providers } from './sums.ts'
import { compare } from './compare.ts'
import { createBeside } from './plans/beside.ts'
import { createBesideFile } from './plans/file.ts'
import { createExchange } from './setup/exchange.ts'
import { createMe } from './me.ts'
import { createUsers } from './people.ts'
import { createPlan } from './setup/plan.ts'
import { createPortal } from './portal/pages.ts'
import { createPortalFiles } from './portal/files.ts'
import { createQuote } from './quote.ts'
import { createStatement, statementFiles } from './statements/one.ts'
import { createStatements } from './statements/list.ts'
import { createUnderPlans } from './calls/under-plans.ts'
import { createWaiting } from './waiting.ts'
import { doctor } from './system.ts'
import { exchanges } from './setup/exchanges.ts'
import { keys as keysPage } from './keys.ts'
import { now } from './calls/now.ts'
import { numbers } from './setup/numbers.ts'
import { overview } from './overview.ts'
import { planFrom } from './tables/plan-history.ts'
import { reconciliation } from './setup/reconciliation.ts'
import { rehearsal } from './rehearsal.ts'
import { reservation } from './reservations/one.ts'
import { rules } from './rules.ts'
import { tablePages } from './tables/definitions.ts'
import { tariffs } from './setup/tariffs.ts'

export interface Around {
  people: People
  files: KeptFiles
  /** Undefined where no mail server is named. */
  mailer?: Mailer | undefined
  /** Where exchanges stand that are added on a page; empty: in .env. */
  folder: string
}

/** `stages`: those of the line, by which pages try calls out. */
export function siteOf<Found extends Call, Dialled extends Call, Priced extends Unmade>(
  { people, files, mailer, folder }: Around,
  stages: { client: Stage<Found>; destination: Stage<Dialled>; tariff: Stage<Priced> },
): Pick<Site, 'pages' | 'downloads'> {
  const { client, destination, tariff } = stages
  const line = new Map([
    [client.takes, passing(client)],
    [destination.takes, passing(destination)],
    [tariff.takes, passing(tariff)],
  ])
  return {
    pages: [
      ...[
        overview,
        createWaiting(line),
        calls,
        call,
        compare,
        now,
        countries,
        providers,
        clients,
        alerts,
        rules,
      ],
      ...[exchanges, reconciliation, numbers, tariffs, accounts, tables, doctor],
      ...createPortal(people, stages),
      ...[createStatements(people), createStatement(mailer), rehearsal, planFrom, reservation, ...tablePages],
      ...[createExchange(folder), createPlan(tariff, files), createBeside(stages), createUnderPlans(tariff)],
      ...[createQuote(stages), createUsers(people), keysPage, createMe(people)],
    ],
    downloads: [
      ...callFiles,
      countriesMap,
      createBesideFile(tariff),
      ...statementFiles,
      ...createPortalFiles(people),
    ],
  }
}
