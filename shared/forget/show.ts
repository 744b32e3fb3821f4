// All that is held of a person, as one file: a table a key, a row an object.

import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { Database } from '../database/connect.ts'
import type { Sought } from './number.ts'
import { piecesOf } from './pieces.ts'

/** Rows of which tables; each is asked for when the one before is written. */
type Rows = AsyncGenerator<{ table: string; rows: unknown[] }>

/** Every row of every table in which a number stands. */
export async function* rowsOfNumber(db: Database, { number, callingCode, trunk }: Sought): Rows {
  const kinds = ['calls', 'decisions', 'records', 'exchange', 'words', 'passing', 'kept'] as const
  for (const { table, from, until } of await piecesOf(db, kinds)) {
    const { rows } = await db.query<{ row: unknown }>(
      `-- forget: show where this number stands\nselect show_number($1, $2, $3, $4, $5, $6) as row`,
      [table, number, callingCode, trunk, from, until],
    )
    if (rows.length > 0) yield { table, rows: rows.map(({ row }) => row) }
  }
}

const ofClient: readonly (readonly [table: string, query: string])[] = [
  ['client', 'select * from client where id = $1'],
  ['callerid', 'select * from callerid where client_id = $1 order by id'],
  ['client_tarif', 'select * from client_tarif where client_id = $1 order by valid'],
  ['client_fee', 'select * from client_fee where client_id = $1 order by id'],
  ['client_channels', 'select * from client_channels where client_id = $1 order by id'],
  ['account', 'select * from account where client_id = $1'],
  [
    'payment',
    'select payment.* from payment join account on account.id = account_id where client_id = $1 order by payment.id',
  ],
  [
    'reservation',
    'select reservation.* from reservation join account on account.id = account_id where client_id = $1 order by made_at',
  ],
  ['alert', 'select * from alert where client_id = $1 order by id'],
  ['statement', 'select * from statement where client_id = $1 order by id'],
  [
    'statement_line',
    'select line.* from statement_line line join statement on statement.id = statement_id where client_id = $1 order by statement_id, nr',
  ],
  [
    'change_log',
    `select * from change_log where coalesce(new_row, old_row) ->> 'client_id' = $1::text or (table_name = 'client' and coalesce(new_row, old_row) ->> 'id' = $1::text) order by id`,
  ],
]

/** What a client is, has, paid and called; asked a thousand rows at a time. */
export async function* rowsOfClient(db: Database, client: number): Rows {
  await db.query('begin isolation level repeatable read read only')
  try {
    for (const [table, query] of ofClient) {
      await db.query(`declare held no scroll cursor for ${query}`, [client])
      for (;;) {
        const { rows } = await db.query(`-- forget: show what is held of a client\nfetch 1000 from held`)
        if (rows.length === 0) break
        yield { table, rows }
      }
      await db.query('close held')
    }
    for (const { table, from, until } of await piecesOf(db, ['calls', 'decisions', 'records'])) {
      const { rows } = await db.query<{ row: unknown }>(
        `-- forget: show what is held of a client\nselect show_client($1, $2, $3, $4) as row`,
        [table, client, from, until],
      )
      if (rows.length > 0) yield { table, rows: rows.map(({ row }) => row) }
    }
  } finally {
    await db.query('commit').catch(() => undefined)
  }
}

/** Writes them as JSON, to be read by nobody else on this host. Gives back how many rows there are. */
export async function writeHeld(file: string, of: Record<string, unknown>, held: Rows): Promise<number> {
  let count = 0
  async function* text(): AsyncGenerator<string> {
    const head = JSON.stringify({ ...of, made_at: new Date().toISOString() }, null, 2)
    yield `${head.slice(0, -2)},\n  "tables": {`
    let last = ''
    for await (const { table, rows } of held) {
      if (table !== last) yield `${last === '' ? '' : '\n    ],'}\n    ${JSON.stringify(table)}: [`
      yield rows
        .map((row, at) => `${table === last || at > 0 ? ',' : ''}\n      ${JSON.stringify(row)}`)
        .join('')
      last = table
      count += rows.length
    }
    yield `${last === '' ? '' : '\n    ]\n  '}}\n}\n`
  }
  await pipeline(Readable.from(text()), createWriteStream(`${file}.part`, { mode: 0o600 }))
  await rename(`${file}.part`, file)
  return count
}
