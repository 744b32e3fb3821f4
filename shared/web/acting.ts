// Asking the database as the person at the page: in his role, or for a client over the login of the portal.

import type { PoolClient } from 'pg'

import type { Pool } from '../database/pool.ts'
import type { Replica } from '../database/replica.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Person, Role } from './person.ts'

// What each may do in the database stands in sql/grants.sql.
const databaseRoles: Readonly<Record<Exclude<Role, 'client'> | 'stage', string>> = {
  administrator: 'paidcalls_admin',
  operator: 'paidcalls_operator',
  bookkeeper: 'paidcalls_bookkeeper',
  reader: 'paidcalls_reader',
  stage: 'paidcalls_stage',
}

export type Ask = <Row extends object>(query: string, values?: readonly unknown[]) => Promise<Row[]>

export interface How {
  /** Another role than that of the person, for what he was found to be allowed. */
  role?: keyof typeof databaseRoles
  /** Nothing stays. */
  trying?: boolean
  /** Nothing can be written, whatever the role may. */
  reading?: boolean
  /** What is asked only reads, and may be some seconds old: a replica is asked where there is one. */
  late?: boolean
}

/** Of a page or a file that tries something out, or does not. */
export const howOf = ({ trying }: { trying?: boolean }): How =>
  trying === true ? { role: 'stage', trying } : {}

/** A person, or a program with a key. */
export type Actor = Pick<Person, 'name' | 'role'> & Partial<Pick<Person, 'client_id'>>

export interface Acting {
  /** What `work` asks it asks in the role of the person, in one transaction: left to be rolled back when it throws, or with `trying`. */
  as: <Result>(
    person: Actor,
    work: (db: PoolClient, ask: Ask) => Promise<Result>,
    how?: How,
  ) => Promise<Result>
  /** The same for work that makes its transactions itself and may take its time, with a connection of its own. */
  alone: <Result>(person: Person, work: (db: PoolClient, ask: Ask) => Promise<Result>) => Promise<Result>
}

const asking =
  (db: PoolClient): Ask =>
  async <Row extends object>(text: string, values: readonly unknown[] = []) =>
    (await db.query<Row>(text, [...values])).rows

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

// What a page asks is short, and leaves the other cores to the stages.
const kind = 'set local jit = off; set local max_parallel_workers_per_gather = 0'

/** `portal`: connections of the login that may see nothing but the views of the portal. */
export function createActing(pool: Pool, portal: Pool | undefined, replica?: Replica): Acting {
  return {
    async as(person, work, { role = person.role, trying = false, reading = false, late = false } = {}) {
      if (role === 'client' && !portal) throw new Complaint('The portal is not set up: PORTAL_DATABASE_URL.')
      const db =
        (late && role !== 'client' ? await replica?.take() : undefined) ??
        (await (role === 'client' && portal ? portal : pool).connect())
      let broken = false
      try {
        await db.query(
          role === 'client'
            ? `begin read only; ${kind}; select set_config('paidcalls.client', '${person.client_id ?? ''}', true)`
            : `begin${reading || late ? ' read only' : ''}; ${kind}; set local role ${databaseRoles[role]}; select set_config('paidcalls.person', ${literal(person.name)}, true)`,
        )
        const result = await work(db, asking(db))
        await db.query(trying ? 'rollback' : 'commit')
        return result
      } catch (error) {
        broken = await db.query('rollback').then(
          () => false,
          () => true,
        )
        throw error
      } finally {
        db.release(broken)
      }
    },
    async alone(person, work) {
      if (person.role === 'client') throw new Complaint('This is not for a client.')
      const db = await pool.connect()
      try {
        await db.query(
          `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set role ${databaseRoles[person.role]}; select set_config('paidcalls.person', ${literal(person.name)}, false)`,
        )
        return await work(db, asking(db))
      } finally {
        // Its settings and tables go with it.
        db.release(true)
      }
    },
  }
}
