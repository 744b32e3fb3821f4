// What the API can be asked for: an operation, from which come its address, its checks and its place in the document.

import type { PoolClient } from 'pg'

import type { Ask, How } from '../web/acting.ts'
import type { Role } from '../web/person.ts'
import type { Schema } from './fields.ts'

export const scopes = {
  read: 'Exchanges, causes, clients and their numbers.',
  calls: 'Calls, their decisions and receipts.',
  prices: 'What calls cost: rates and quotes.',
  money: 'Accounts, statements and payments.',
  alerts: 'What is wrong, and was.',
  pay: 'Entering payments.',
  push: 'Handing in records.',
} as const

/** What stands in the header Idempotency-Key. */
export const idempotencyName = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  pattern: '^[\\x21-\\x7e]+$',
} as const

export type Scope = keyof typeof scopes

export interface Key {
  id: number
  /** As the database and its log have it: api: and the name. */
  name: string
  role: Role
  scopes: readonly Scope[]
  /** The one exchange it hands records in for; null: any. */
  source_id: number | null
}

export interface Asked {
  key: Key
  /** What stands in the address, checked. */
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string | undefined>>
  /** Checked against `body`. */
  body: unknown
  /** How the asker named this request. */
  idempotencyKey: string
  ask: Ask
  db: PoolClient
}

export interface Operation {
  method: 'GET' | 'POST'
  /** Behind /api/v1, with {names} as in OpenAPI. */
  path: string
  /** For whoever makes a client of the document. */
  id: string
  summary: string
  scope: Scope
  roles: readonly Role[]
  params?: Schema
  query?: Schema
  body?: Schema
  bodyBytes?: number
  /** A header that names the request, so that it is done once. */
  isOnce?: boolean
  status?: 200 | 201
  answer: Schema
  /** Statuses beside those of every operation: which, and when. */
  problems?: Readonly<Record<number, string>>
  /** Only reading if not said: in the role of a stage, or leaving nothing behind. */
  how?: How
  run: (asked: Asked) => Promise<unknown>
}
