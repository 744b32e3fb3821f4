// Sessions: who is logged in where, and until when.

import { createHash, randomBytes } from 'node:crypto'

import type { Ask } from './acting.ts'
import type { Person } from './person.ts'

export interface OwnSession {
  /** Known to him alone, and no way in. */
  key: string
  made_at: Date
  seen_at: Date
  /** Whether it is this. */
  own: boolean
}

export interface Sessions {
  /** The token of a new session of this user. */
  beginSession: (id: number) => Promise<string>
  logOut: (token: string) => Promise<void>
  /** What the next page of this session says, once. */
  say: (token: string, said: string) => Promise<void>
  /** Who has this session; null: nobody, or it is over. */
  personOf: (token: string) => Promise<Person | null>
  /** His own that are not over, the last used first. */
  sessionsOf: (person: Pick<Person, 'id' | 'csrf'>) => Promise<OwnSession[]>
  /** Ends one of his own by its key, or all but this; says how many. */
  endSessions: (person: Pick<Person, 'id' | 'csrf'>, key: string | null) => Promise<number>
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

// Of a hash of 256 bits by chance: nobody comes to the word by it.
const sessionKey = `left(encode(token_hash, 'hex'), 16)`
const isOpen = `seen_at > now() - interval '12 hours' and web_session.made_at > now() - interval '7 days'`

export function createSessions(query: Ask): Sessions {
  return {
    async beginSession(id) {
      const token = randomBytes(32).toString('base64url')
      await query(
        `-- web: a session begins
        with old as (delete from web_session where seen_at < now() - interval '12 hours' or made_at < now() - interval '7 days'),
          tries as (delete from web_attempt where tried_at < now() - interval '1 day')
        insert into web_session (token_hash, user_id, csrf) values ($1, $2, $3)`,
        [hashOf(token), id, randomBytes(24).toString('base64url')],
      )
      return token
    },
    async logOut(token) {
      await query(`-- web: a session ends\ndelete from web_session where token_hash = $1`, [hashOf(token)])
    },
    async personOf(token) {
      const [person] = await query<Person & { stale: boolean }>(
        `-- web: whose session is it?
        select id, name, role, client_id, language, time_zone, csrf, said, seen_at < now() - interval '1 minute' as stale
        from web_session join web_user on id = user_id
        where token_hash = $1 and enabled and ${isOpen}`,
        [hashOf(token)],
      )
      if (!person) return null
      const { stale, ...found } = person
      if (stale || found.said !== null)
        await query(
          `-- web: it is in use\nupdate web_session set seen_at = now(), said = null where token_hash = $1`,
          [hashOf(token)],
        )
      return found
    },
    sessionsOf: ({ id, csrf }) =>
      query<OwnSession>(
        `-- web: sessions of a person
        select ${sessionKey} as key, made_at, seen_at, csrf = $2 as own from web_session where user_id = $1 and ${isOpen} order by csrf = $2 desc, seen_at desc limit 100`,
        [id, csrf],
      ),
    async endSessions({ id, csrf }, key) {
      const ended = await query(
        `-- web: sessions end\ndelete from web_session where user_id = $1 and csrf <> $2 and ($3::text is null or ${sessionKey} = $3) returning 1 as one`,
        [id, csrf, key],
      )
      return ended.length
    },
    async say(token, said) {
      await query(`-- web: what to say next\nupdate web_session set said = $2 where token_hash = $1`, [
        hashOf(token),
        said,
      ])
    },
  }
}
