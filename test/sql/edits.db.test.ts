import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { aCall, anOffice, callOf, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages } from '../support/lines.ts'
import { offsetSpanOf } from '../../shared/time/zone-offset.ts'

const database = useDatabase()
let office: Awaited<ReturnType<typeof anOffice>>

beforeEach(async () => {
  await empty(database.db)
  office = await anOffice(database.db)
})
afterAll(() => empty(database.db))

describe('an edit that nobody would understand', () => {
  it.each<[what: string, query: string, constraint: string]>([
    [
      'a code with an international prefix',
      `update tarif set code = '0049'`,
      'a code begins with a country code, never with 0',
    ],
    ['a code of zeros', `update tarif set code = '000'`, 'a code begins with a country code, never with 0'],
    [
      'a word for a number',
      `insert into callerid (client_id, callerid) select id, 'abc' from client`,
      'a caller ID of kind number or did is digits',
    ],
    ['a client without a name', `update client set name = ' '`, 'a client needs a name'],
    [
      'a client whose name moves the cursor',
      `update client set name = E'a\\x1b[2J'`,
      `a client's name has no control characters`,
    ],
    [
      'a client whose name turns the writing',
      `update client set name = U&'a\\202eb'`,
      `a client's name has no control characters`,
    ],
    [
      'a channel with a line end',
      `update provider set channel = E'SIP/x\\n'`,
      'a channel has no control characters',
    ],
    ['a country that is none', `update source set country = 'XX'`, 'country is one of ISO 3166, such as RU'],
    [
      'a currency that is none',
      `update tarifplan set currency = 'XXX'`,
      'a currency is one of ISO 4217, such as EUR',
    ],
    [
      'no lengths of extensions',
      `update source set extension_digits = '{}'`,
      'extension_digits is a list such as {3,4}',
    ],
    [
      'lists in a list',
      `update source set extension_digits = '{{3,4}}'`,
      'extension_digits is a list such as {3,4}',
    ],
    [
      'a length that is none',
      `update source set extension_digits = '{3,null}'`,
      'extension_digits is a list such as {3,4}',
    ],
    ['a day that is none', `update tarif set days = '{1,null}'`, 'days are a list such as {6,7}'],
    ...[
      'MSK',
      '+03',
      'FOO-3',
      'localtime',
      'CET',
      'EST5EDT',
      'Europe/Berlin2',
      'europe/berlin',
      'posix/Europe/Berlin',
    ].flatMap((zone): [string, string, string][] => [
      [
        `the zone ${zone} of a source`,
        `update source set time_zone = '${zone}'`,
        'IANA name|invalid|not recognized',
      ],
      [
        `the zone ${zone} of a plan`,
        `update tarifplan set time_zone = '${zone}'`,
        'IANA name|invalid|not recognized',
      ],
    ]),
  ])('is refused with a sentence: %s', async (_, query, constraint) => {
    await expect(database.db.query(query)).rejects.toThrow(new RegExp(constraint.replace(/[{}]/g, '\\$&')))
  })

  it.each([
    `update source set time_zone = 'Europe/Berlin', country = 'XK', extension_digits = '{2}'`,
    `update source set time_zone = 'Etc/GMT+3'`,
    `update tarifplan set time_zone = 'America/Argentina/Buenos_Aires', currency = 'XOF'`,
    `insert into callerid (client_id, callerid) select id, '+7 (495) 123-45-67' from client`,
    `insert into callerid (client_id, callerid, kind) select id, 'anna', 'accountcode' from client`,
    `update client set name = 'Łódź & Söhne 東京'`,
  ])('does not stop what is right: %s', async (query) => {
    await database.db.query(query)
  })

  it('is about zones that programs and database mean alike, at any time of the year', async () => {
    const moments = [
      '1990-01-15T12:00:00Z',
      '2011-07-15T12:00:00Z',
      '2026-01-15T12:00:00Z',
      '2026-07-15T12:00:00Z',
    ]
    const { rows } = await database.db.query<{ zone: string; offsets: number[] }>(
      `select name as zone, array(
        select extract(epoch from (moment at time zone name) - (moment at time zone 'UTC'))::integer from unnest($1::timestamptz[]) moment) as offsets
      from pg_timezone_names where is_zone(name)`,
      [moments],
    )
    expect(rows.length).toBeGreaterThan(400)
    const different = rows.filter(({ zone, offsets }) =>
      moments.some(
        (moment, at) => offsetSpanOf(zone, Date.parse(moment)).offset_ms !== (offsets[at] ?? NaN) * 1_000,
      ),
    )
    expect(different.map(({ zone }) => zone)).toEqual([])
  })
})

describe('an id written by hand', () => {
  it.each([
    [
      'tarifplan',
      `insert into tarifplan (tarifnum, name, currency) values (5000, 'by hand', 'EUR')`,
      `insert into tarifplan (name, currency) values ('next', 'EUR') returning tarifnum as id`,
    ],
    [
      'client',
      `insert into client (id, name) values (5000, 'by hand')`,
      `insert into client (name) values ('next') returning id`,
    ],
    [
      'source',
      `insert into source (id, name) values (5000, 'by hand')`,
      `insert into source (name) values ('next') returning id`,
    ],
    [
      'provider',
      `insert into provider (id, channel) values (5000, 'SIP/by-hand')`,
      `insert into provider (channel) values ('SIP/next') returning id`,
    ],
    [
      'prefix',
      `insert into prefix (id, prefix) values (5000, '5')`,
      `insert into prefix (prefix) values ('6') returning id`,
    ],
  ])('moves the counter of %s on, so that the next row has another', async (_, byHand, next) => {
    await database.db.query(byHand)
    const { rows } = await database.db.query<{ id: number }>(next)
    expect(rows).toEqual([{ id: 5_001 }])
  })

  it('below those there are moves nothing', async () => {
    const { rows: before } = await database.db.query<{ id: number }>(
      `insert into client (name) values ('a') returning id`,
    )
    await database.db.query(`delete from client where name = 'a'`)
    await database.db.query(`insert into client (id, name) values (-7, 'by hand')`)
    const { rows } = await database.db.query<{ id: number }>(
      `insert into client (name) values ('b') returning id`,
    )
    expect(rows[0]?.id).toBe((before[0]?.id ?? 0) + 1)
  })
})

describe('a table that the owner empties', () => {
  it('is logged, row by row, and heals as a delete does', async () => {
    const { db } = database
    await db.query(`insert into prefix (prefix, kind) values ('8', 'none')`)
    const call = await aCall(db, { source_id: office.source_id, dst: '84957654321' })
    await drainStages(database.url)
    const before = await callOf(db, call)
    expect(before['problem']).not.toBeNull()
    await db.query('update paidcalls set prefix_id = null')
    await db.query('truncate prefix cascade')
    const { rows } = await db.query(
      `select operation, old_row ->> 'prefix' as prefix from change_log where table_name = 'prefix' order by id desc limit 1`,
    )
    expect(rows).toEqual([{ operation: 'delete', prefix: '8' }])
    await drainStages(database.url)
    expect((await callOf(db, call))['problem']).not.toBe(before['problem'])
  })

  it.each(['client', 'provider', 'source', 'tarif'])('keeps what calls refer to: %s', async (table) => {
    const { db } = database
    await aCall(db, { source_id: office.source_id })
    await drainStages(database.url)
    await expect(db.query(`truncate ${table} cascade`)).rejects.toThrow(
      /cannot be emptied: call \d+ refers to a row of it|calls were priced|only grows/,
    )
  })
})
