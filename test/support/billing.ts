// What tests of statements need: a bookkeeper's login, and the program in this process.

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { writeFiles } from '../../shared/statements/files.ts'
import { makeStatements } from '../../shared/statements/run.ts'
import type { Made } from '../../shared/statements/run.ts'

export interface Bookkeeper {
  db: Database
  url: string
  folder: string
  /** Makes and issues a month's statements. */
  issue: (month: string, how?: { client?: number; draft?: boolean; withWaiting?: boolean }) => Promise<Made>
  leave: () => Promise<void>
}

/** A login that is a member of paidcalls_bookkeeper and nothing else. */
export async function aBookkeeper(owner: Database, ownerUrl: string): Promise<Bookkeeper> {
  const login = `test_books_${Math.random().toString(36).slice(2)}`
  await owner.query(`create role ${login} login password 'x' in role paidcalls_bookkeeper`)
  const url = new URL(ownerUrl)
  url.username = login
  url.password = 'x'
  const db = await connect(url.href, 'statement')
  const folder = mkdtempSync(join(tmpdir(), 'statements-'))
  return {
    db,
    url: url.href,
    folder,
    issue: (month, { client, draft = false, withWaiting = false } = {}) =>
      makeStatements(db, {
        month: `${month}-01`,
        client: client ?? null,
        draft,
        withWaiting,
        begin: () => undefined,
        step: () => undefined,
        made: async ({ id }) => {
          await writeFiles(db, id, folder)
        },
      }),
    async leave() {
      await disconnect(db)
      await owner.query(`drop owned by ${login}; drop role ${login}`)
    },
  }
}

export function textOf(bookkeeper: Bookkeeper, file: string): string {
  return readFileSync(join(bookkeeper.folder, file), 'utf8')
}

export interface Decided {
  client_id: number
  total: string
  calldate: string
  currency?: string
  /** Which decision of the call; 1 if not said. */
  nr?: number
  [column: string]: unknown
}

/** A priced call without its way through the stages: its decision, left for rollup as by the guard. */
export async function aDecision(db: Database, call_id: number, decided: Decided): Promise<void> {
  const row: Record<string, unknown> = {
    call_id,
    nr: 1,
    reason: 'first rating',
    rule: 'price',
    number: '4915112345678',
    code: '49',
    price: '0.10',
    connect_fee: '0',
    first_sec: 60,
    step_sec: 60,
    increments: 'anchored',
    grace_sec: 0,
    decimals: 4,
    rounding: 'half up',
    billable_sec: 60,
    charged_sec: 60,
    unrounded: decided.total,
    delta: '0',
    currency: 'EUR',
    master_total: decided.total,
    answered: true,
    duration: 70,
    direction: 'out',
    kind: 'mobile',
    country: 'DE',
    source_id: 1,
    ...decided,
  }
  const columns = Object.keys(row)
  await db.query(
    `insert into rating_decision (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
    Object.values(row),
  )
  await db.query('insert into unsummed (call_id, nr) values ($1, $2)', [call_id, row['nr']])
}

/** Leaves no statements, and nothing bookkeepers keep. */
export async function emptyBooks(db: Database): Promise<void> {
  await db.query(
    `set session_replication_role = replica;
    truncate unsummed, call_sum, minute_calls, closed_sum, closed_minute, statement, statement_line, statement_call, statement_number,
      tax_rate, client_fee, client_channels, issuer cascade;
    set session_replication_role = default`,
  )
}
