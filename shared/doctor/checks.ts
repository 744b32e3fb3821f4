// Every check of a set-up, in the order in which it is told.

import { accounts } from './accounts.ts'
import { alerts } from './alerts.ts'
import { slots, transactions } from './activity.ts'
import type { Check } from './finding.ts'
import { leftOut, line, prices } from './line.ts'
import { made } from './made.ts'
import { rows } from './rows.ts'
import { several } from './several.ts'
import { statements } from './statements.ts'
import { sums } from './sums.ts'
import { clock, schema, server, settings, tables, zones } from './server.ts'

/** Of the server and the database as a whole. */
export const checksOfDatabase: readonly Check[] = [
  server,
  clock,
  zones,
  settings,
  schema,
  transactions,
  slots,
]

/** Of what migrate has made. */
export const checksOfLine: readonly Check[] = [
  made,
  line,
  prices,
  leftOut,
  sums,
  accounts,
  alerts,
  statements,
  tables,
  rows,
  several,
]
