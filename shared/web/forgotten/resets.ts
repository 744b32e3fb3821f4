// A way back for who has forgotten a password: a word that is sent by mail, used once, within an hour.

import { createHash, randomBytes } from 'node:crypto'

import type { Ask } from '../acting.ts'

const [perHour, addressMost] = [3, 30]

export interface Resets {
  /** Where to send the word, and the word; null: nobody of this name can be written to, or it was asked for too often. */
  beginReset: (
    name: string,
    address: string,
  ) => Promise<{ email: string; word: string; language: string } | null>
  /** Whether the word is one that can be used. */
  isReset: (word: string) => Promise<boolean>
  /** Uses it up and gives back whose it was; null: it is used, or too old. */
  takeReset: (word: string) => Promise<{ id: number; name: string } | null>
}

const hashOf = (word: string): Buffer => createHash('sha256').update(word).digest()

const isFresh = `web_reset.made_at > now() - interval '1 hour'`

export function createResets(ask: Ask): Resets {
  return {
    async beginReset(name, address) {
      const word = randomBytes(32).toString('base64url')
      // Each try counts for the address; for a name only what was sent does, so that nobody else can keep him out.
      const [sent] = await ask<{ email: string; language: string }>(
        `-- web: a way back for who has forgotten a password
        with tried as (
          insert into web_attempt (name, address) select '', $2
          where (select count(*) from web_attempt where address = $2 and tried_at > clock_timestamp() - interval '15 minutes') < ${addressMost}
          returning 1
        ), whose as (
          select id, email, language from web_user
          where lower(name) = lower($1) and enabled and email is not null and exists (select from tried)
            and (select count(*) from web_reset where user_id = web_user.id and ${isFresh}) < ${perHour}
        ), made as (
          insert into web_reset (token_hash, user_id) select $3, id from whose returning 1
        ), old as (delete from web_reset where not (${isFresh}))
        select email, language from whose where exists (select from made)`,
        [name, address, hashOf(word)],
      )
      return sent ? { ...sent, word } : null
    },
    async isReset(word) {
      const [found] = await ask(
        `-- web: can it be used?\nselect 1 as one from web_reset join web_user on id = user_id where token_hash = $1 and ${isFresh} and enabled`,
        [hashOf(word)],
      )
      return found !== undefined
    },
    async takeReset(word) {
      // With it go all others of the same person.
      const [whose] = await ask<{ id: number; name: string }>(
        `-- web: it is used
        with used as (
          delete from web_reset where user_id = (select user_id from web_reset where token_hash = $1 and ${isFresh}) returning user_id
        ) select id, name from web_user where id = (select user_id from used limit 1) and enabled`,
        [hashOf(word)],
      )
      return whose ?? null
    },
  }
}
