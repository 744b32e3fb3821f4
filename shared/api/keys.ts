// Keys of programs: made once, kept as a hash, asked for again each second, so that one that is ended stops.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

import { createPool } from '../database/pool.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Key } from './operation.ts'

export interface NewKey {
  name: string
  role: string
  scopes: readonly string[]
  source?: string | undefined
  expires?: Date | undefined
}

export interface Keys {
  /** Whose key this is; null: nobody's, or no more. */
  find: (token: string) => Promise<Key | null>
  /** The key itself, which is nowhere afterwards. Throws what the database refuses, as a sentence. */
  make: (key: NewKey) => Promise<string>
  revoke: (name: string) => Promise<void>
  close: () => Promise<void>
}

interface Kept extends Key {
  hash: Buffer
}

// An ended key is known for so long at most, and the answer of the database; a new one is asked for sooner.
const [knownMs, unknownMs] = [1_000, 100]
const written = /^paidcalls_(\d{1,9})_([\w-]{43})$/
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

export function createKeys(databaseUrl: string): Keys {
  const pool = createPool(databaseUrl, {
    max: 1,
    application_name: 'paidcalls web keys',
    statement_timeout: 5_000,
    connectionTimeoutMillis: 5_000,
  })
  const used = new Set<number>()
  let keys: Promise<Map<number, Kept>> | undefined
  let askedAt = -Infinity

  async function ask(): Promise<Map<number, Kept>> {
    const ids = [...used]
    used.clear()
    const { rows } = await pool.query<Kept>(
      `-- web: keys that may be used, and which were
      with used as (update api_secret set used_at = now() where key_id = any ($1) and (used_at < now() - interval '1 minute' or used_at is null))
      select api_key.id, 'api:' || api_key.name as name, role, scopes, source_id, hash
      from api_key join api_secret on key_id = api_key.id
      where revoked_at is null and (expires_at > now()) is not false`,
      [ids],
    )
    return new Map(rows.map((key) => [key.id, key]))
  }

  /** As they are at this moment, by `performance.now()`, or later. */
  function knownSince(moment: number): Promise<Map<number, Kept>> {
    if (keys && askedAt >= moment) return keys
    askedAt = performance.now()
    keys = ask().catch((error: unknown) => {
      keys = undefined
      throw error
    })
    return keys
  }

  /** For a key that was made this moment. However many ask for what there is not, the database is not asked more often. */
  async function anew(): Promise<Map<number, Kept>> {
    const now = performance.now()
    await pause(Math.max(0, askedAt + unknownMs - now))
    return knownSince(now)
  }

  return {
    async find(token) {
      const [, id = '', secret = ''] = written.exec(token) ?? []
      if (id === '') return null
      const key =
        (await knownSince(performance.now() - knownMs)).get(Number(id)) ?? (await anew()).get(Number(id))
      if (!key || !timingSafeEqual(hashOf(secret), key.hash)) return null
      used.add(key.id)
      return key
    },
    make: (key) =>
      makeKey(async (text, values) => (await pool.query<{ id: number }>(text, values)).rows, key),
    async revoke(name) {
      const { rows } = await pool.query<{ ended: boolean }>(
        `-- web: end a key\nselect revoke_api_key($1) as ended`,
        [name],
      )
      if (rows[0]?.ended !== true) throw new Complaint(`There is no key ${name} that could be ended.`)
    },
    close: () => pool.end(),
  }
}

/** Makes a key with whatever may ask the database; gives back the key itself, which is nowhere afterwards. Throws a Complaint for what is refused. */
export async function makeKey(
  ask: (text: string, values: unknown[]) => Promise<{ id: number }[]>,
  { name, role, scopes, source, expires }: NewKey,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  const [made] = await ask(`-- web: a new key\nselect make_api_key($1, $2, $3, $4, $5, $6) as id`, [
    ...[name, role, scopes, source ?? null, expires ?? null, hashOf(secret)],
  ]).catch((error: unknown) => {
    throw refusalOf(error, name)
  })
  return `paidcalls_${made?.id ?? 0}_${secret}`
}

function refusalOf(error: unknown, name: string): unknown {
  const { code, constraint, message } = error as { code?: string; constraint?: string; message: string }
  if (code === '23505')
    return new Complaint(`There is or was a key ${name} already: give the new one another name.`)
  if (code === undefined || !code.startsWith('23')) return error
  return new Complaint(`A key cannot be so: ${constraint ?? message}.`)
}
