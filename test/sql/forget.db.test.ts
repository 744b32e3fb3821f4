import { describe, expect, it } from 'vitest'

import { aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { pricedCalls } from '../support/archiving.ts'

const database = useDatabase()
const one = async (question: string, ...values: unknown[]) =>
  (await database.db.query<{ one: unknown }>(`select ${question} as one`, values)).rows[0]?.one
const german = ['493012345678', '49', '0'] as const

describe('a number to forget', () => {
  it.each([
    ['as we write it', '493012345678'],
    ['with + and blanks', '+49 30 12345678'],
    ['with a prefix for abroad', '0049-30-1234 5678'],
    ['with both prefixes', '+49 (0)30 12345678'],
    ['within its country', '(030) 1234-5678'],
    ['in a channel', 'SIP/03012345678-00000001'],
    ['in a key that calls wait for', 'callerid:493012345678'],
    ['in a record', '{"src": "03012345678"}'],
    ['behind an outside line', '9 03012345678'],
    ['behind an outside line, as one', '903012345678'],
    ['for machines', 'tel:+49-30-12345678;ext=1'],
  ])('is found in what an exchange wrote: %s', async (_how, words) => {
    await aSource(database.db)
    expect(await one(`$1 ~ pattern_in(true, $2, $3, $4)`, words, ...german)).toBe(true)
  })

  it.each([
    ['as we write it', '493012345678', true],
    ['within its country', '030 12345678', true],
    ['one that is E.164 of another country', '3012345678', false],
  ])('is found in sentences of ours: %s', async (_how, words, found) => {
    expect(await one(`$1 ~ pattern_in(false, $2, $3, $4)`, words, ...german)).toBe(found)
  })

  it.each([
    ['one digit more', '4930123456789'],
    ['one digit in front', '1493012345678'],
    ['of another country', '13012345678'],
    ['one digit less', '03012345'],
    ['parted by letters', '4930a12345678'],
    ['in two columns', '4930 a 12345678'],
  ])('is not found in another: %s', async (_which, words) => {
    expect(await one(`$1 ~ pattern_in(true, $2, $3, $4)`, words, ...german)).toBe(false)
  })

  it('is not looked for as within its country where no exchange stands there', async () => {
    expect(await one(`'03012345678' ~ pattern_in(true, '493012345678', '49', null)`)).toBe(false)
  })

  it.each(['4930', '49301234567890123', '049301234567', 'x', '.*'])('is whole: not %s', async (number) => {
    await expect(one(`number_pattern($1, '49', '0', true)`, number)).rejects.toThrow(
      /^a number is its country code/,
    )
  })
})

describe('what is left of a number', () => {
  it.each([
    ['493012345678', '49301'],
    ['+7 495 123-45-67', '74951'],
    ['1234567', '123'],
    ['101', ''],
    ['112', ''],
    ['anonymous', ''],
    ['', ''],
  ])('is of %s at most five digits, and none of the last four: %s', async (number, left) => {
    expect(await one('first_digits($1)', number)).toBe(left)
  })

  it.each([
    ['calls to 74951234567 since 2026-11-30 12:00', 'calls to 749… since 2026-11-30 12:00'],
    ['asked by +7 495 123-45-67, 12.50 EUR', 'asked by +7…, 12.50 EUR'],
    ['deck of 2026-11-01 was late', 'deck of 2026-11-01 was late'],
    ['first rating', 'first rating'],
  ])('is of "%s": "%s"', async (words, left) => {
    expect(await one('forgotten_words($1)', words)).toBe(left)
    expect(await one('forgotten_words(forgotten_words($1))', words)).toBe(left)
  })
})

describe('what never changes', () => {
  it.each([
    ['the amount of a decision', 'update rating_decision set total = 0'],
    ['whose a decision is', 'update rating_decision set client_id = 1'],
    ['when an edit was made', `update change_log set changed_at = now()`],
    ['that a statement is issued', `update statement set total = 1`],
  ])('does not change by forgetting: %s', async (_what, change) => {
    const { db } = database
    await pricedCalls(db, [1])
    await db.query(`insert into client (name) values ('x')`)
    await db.query(
      `insert into statement (client_id, period, currency, status, number, starts_at, ends_at, time_zone, decimals, issued_at)
      select max(id), '[2020-01-01,2020-02-01)', 'EUR', 'issued', gen_random_uuid(), '2020-01-01', '2020-02-01', 'UTC', 2, now() from client`,
    )
    await expect(db.query(`set paidcalls.forgetting = 'on'; ${change}`)).rejects.toMatchObject({
      code: '23001',
    })
    await db.query('reset paidcalls.forgetting')
  })
})

describe('a hold', () => {
  it('stays what it is, of the rule that made it, when a number in its words is forgotten', async () => {
    const { db } = database
    await db.query(
      `with client as (insert into client (name) values ('held') returning id),
      account as (insert into account (client_id, currency) select id, 'EUR' from client returning id)
      insert into account_hold (account_id, why, made_by, rule_id) select id, 'calls to 493012345678', 'watch', (select min(id) from rule) from account`,
    )
    for (const table of ['account', 'account_hold'])
      await db.query(`select forget_number($1, '493012345678', '49', null, 0, 1000)`, [table])
    const { rows } = await db.query(
      `select hold, why, made_by, rule_id is not null as by_rule from account join account_hold on account_id = account.id`,
    )
    expect(rows).toEqual([
      { hold: 'calls to 49301…', why: 'calls to 49301…', made_by: 'watch', by_rule: true },
    ])
  })
})

describe('a caller ID', () => {
  it('does not come back from the log with the digits that are left', async () => {
    await expect(
      database.db.query(
        `with one as (insert into client (name) values ('x') returning id) insert into callerid (client_id, callerid) select id, '49301…' from one`,
      ),
    ).rejects.toThrow(/a caller ID of kind number or did is digits/)
  })
})

describe('every table with words in it', () => {
  it('is searched: forgotten, named, or gone by itself', async () => {
    const { rows } = await database.db.query<{ name: string }>(
      `select distinct relname as name from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
        and format_type(atttypid, null) ~ 'text|char|json' and attname not in ('direction')
        and relname not in ('migration', 'web_password', 'webhook_secret')
        and relname not in (select name from number_tables())`,
    )
    expect(rows).toEqual([])
  })
})
