// The tables that people keep, and their pages.

import type { Page } from '../../web/page.ts'
import type { Table } from './definition.ts'
import { createListPage } from './list-page.ts'
import { callerid, client, disputedCall, keepNumbers, plan, prefix, provider } from './of-calls.ts'
import { account, channels, fee, issuer, payment, taxRate } from './of-money.ts'
import { entry, list, recipient, rule } from './of-warnings.ts'
import { createRowPage } from './row-page.ts'

export const keptTables: readonly Table[] = [
  ...[callerid, client, plan, prefix, provider, keepNumbers, disputedCall],
  ...[account, channels, fee, issuer, payment, taxRate],
  ...[entry, list, recipient, rule],
]

export const tablePages: readonly Page[] = keptTables.flatMap((table) => [
  ...(table.list ? [createListPage(table, table.list)] : []),
  createRowPage(table),
])
