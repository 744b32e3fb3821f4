// Who is at the page: passwords, sessions, and asking the database as this person.

import { randomBytes } from 'node:crypto'

import { hash, verify } from '@node-rs/argon2'
import { createPool } from '../database/pool.ts'
import type { Pool } from '../database/pool.ts'
import { createReplica } from '../database/replica.ts'
import { Complaint } from '../errors/complaint.ts'
import { createActing } from './acting.ts'
import type { Acting } from './acting.ts'
import type { Person } from './person.ts'
import { createSessions } from './sessions.ts'
import type { Sessions } from './sessions.ts'
import { createResets } from './forgotten/resets.ts'
import type { Resets } from './forgotten/resets.ts'

const [nameMost, addressMost] = [10, 30]
const statementMs = 10_000

export interface People extends Acting, Resets, Omit<Sessions, 'beginSession'> {
  /** The token of a new session; null: the name or the password is wrong, or was too often. */
  logIn: (name: string, password: string, address: string) => Promise<string | null>
  /** Whether it is his own password; a try counts as one to log in. */
  knowsPassword: (person: Pick<Person, 'id' | 'name'>, password: string) => Promise<boolean>
  /** Sets a password, which it gives back; who is not there becomes an administrator. For who runs the program. */
  setPassword: (name: string, password?: string) => Promise<string>
  /** The same of somebody who is there. Throws a Complaint for who is no more. */
  changePassword: (id: number, password?: string) => Promise<string>
  changeSelf: (person: Person, language: string, timeZone: string) => Promise<void>
  /** Where a way back is sent; empty: nowhere. */
  changeEmail: (person: Person, email: string) => Promise<void>
  close: () => Promise<void>
}

const newPassword = (): string => randomBytes(9).toString('base64url')

// Verified when nobody has the name, so that an answer takes as long.
const nobodysHash = hash(randomBytes(16).toString('hex'))

export interface Logins {
  databaseUrl: string
  /** Of the portal, which may see nothing but its views; undefined: there is none. */
  portalUrl?: string | undefined
  /** Of a server that follows; undefined: there is none. */
  replicaUrl?: string | undefined
  /** Hears why the replica is not asked, and null when it is again. */
  say?: (reason: string | null) => void
}

const poolOf = (databaseUrl: string, max: number, patienceMs = 5_000): Pool =>
  createPool(databaseUrl, {
    ...{ max, application_name: 'paidcalls web', connectionTimeoutMillis: patienceMs },
    ...{ statement_timeout: statementMs, idle_in_transaction_session_timeout: 2 * statementMs },
  })

export function createPeople(
  { databaseUrl, portalUrl, replicaUrl, say = () => undefined }: Logins,
  connections: number,
): People {
  const pool = poolOf(databaseUrl, connections)
  // Apart: who has a connection for his page, and asks here as well, never waits for those who do the same.
  const own = poolOf(databaseUrl, Math.ceil(connections / 4))
  const portal = portalUrl === undefined ? undefined : poolOf(portalUrl, connections)
  const replica =
    replicaUrl === undefined ? undefined : createReplica(poolOf(replicaUrl, connections, 1_000), say)
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await own.query<Row>(text, [...values])).rows
  /** Whose name and password these are; null: nobody's, or it was too often. A try counts before it is looked at: many may come at once. */
  async function whose(name: string, password: string, address: string): Promise<number | null> {
    const [tried] = await query<{ id: string }>(
      `-- web: a login is tried, unless it was too often
      insert into web_attempt (name, address)
      select left($1, 200), $2
      where (
        select count(*) filter (where lower(name) = lower(left($1, 200))) < ${nameMost} and count(*) filter (where address = $2) < ${addressMost}
        from web_attempt where tried_at > clock_timestamp() - interval '15 minutes')
      returning id`,
      [name, address],
    )
    if (!tried) return null
    const [known] = await query<{ id: number; hash: string }>(
      `-- web: who is it?
      select id, hash from web_user join web_password on user_id = id where lower(name) = lower($1) and enabled`,
      [name],
    )
    const isRight = await verify(known?.hash ?? (await nobodysHash), password)
    if (!known || !isRight) return null
    await query('-- web: it was right\ndelete from web_attempt where id = $1', [tried.id])
    return known.id
  }
  const { beginSession, ...sessions } = createSessions(query)
  return {
    ...sessions,
    async logIn(name, password, address) {
      const id = await whose(name, password, address)
      return id === null ? null : beginSession(id)
    },
    ...createActing(pool, portal, replica),
    ...createResets(query),
    async knowsPassword({ id, name }, password) {
      return (await whose(name, password, `a session of ${name}`)) === id
    },
    async setPassword(name, password = newPassword()) {
      await query(`-- web: set a password\nselect set_web_password($1, $2)`, [name, await hash(password)])
      return password
    },
    async changePassword(id, password = newPassword()) {
      // Kept from being deleted meanwhile: who is not there would be made an administrator.
      const [changed] = await query(
        `-- web: change a password\nselect set_web_password(name, $2) from (select name from web_user where id = $1 for share) user_there`,
        [id, await hash(password)],
      )
      if (!changed) throw new Complaint('There is no such user any more.')
      return password
    },
    async changeSelf({ id }, language, timeZone) {
      await query(
        `-- web: how a person likes to see things\nupdate web_user set language = $2, time_zone = $3 where id = $1`,
        [id, language, timeZone],
      )
    },
    async changeEmail({ id }, email) {
      await query(
        `-- web: where a way back is sent\nupdate web_user set email = nullif($2, '') where id = $1`,
        [id, email],
      )
    },
    async close() {
      await pool.end()
      await own.end()
      await portal?.end()
      await replica?.end()
    },
  }
}
