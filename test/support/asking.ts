// An office whose exchange asks before calls: two clients with accounts, two trunks, and authorize as a process.

import { freePort } from '../../shared/embedded/port.ts'
import type { Database } from '../../shared/database/connect.ts'
import { aCallerid, aClient, aPlan, aProvider, aSource, aTarif } from './builders.ts'
import { start, untilHealthy } from './processes.ts'

export interface Asked {
  /** Where HTTP is listened to; FastAGI one higher. */
  port: number
  /** The client of extension 202, who has 50 and seven seconds at a time. Extension 201's has money for ten seconds. */
  second: number
  stop: () => Promise<void>
}

/** Trunks megafon and second, of a technology such as PJSIP; stop it before the test ends. */
export async function startAsked(
  { db, url }: { db: Database; url: string },
  technology: string,
  source: Record<string, unknown> = {},
): Promise<Asked> {
  await aSource(db, { name: 'office', time_zone: 'UTC', ...source })
  for (const name of ['megafon', 'second']) await aProvider(db, { name, channel: `${technology}/${name}` })
  const tarifnum = await aPlan(db)
  await aTarif(db, { tarifnum, code: '7495', price: '0.60' })
  const first = await aClient(db, { name: 'one', tarif_id: tarifnum })
  const second = await aClient(db, { name: 'two', tarif_id: tarifnum })
  await aCallerid(db, first, '201')
  await aCallerid(db, second, '202')
  await db.query('insert into account (client_id, reserve_sec) values ($1, 3600), ($2, 7)', [first, second])
  await db.query(
    `insert into payment (account_id, amount, reference) select id, case client_id when $1 then 0.10 else 50 end, 'first' from account`,
    [first],
  )
  const port = await freePort(2)
  const { child, ended } = start('stages/authorize.ts', [], {
    DATABASE_URL: url,
    AUTHORIZE_PORT: String(port),
    AGI_PORT: String(port + 1),
  })
  await untilHealthy(port)
  return {
    port,
    second,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** What there is on the accounts and what is held, and what ended each reservation and was taken from it. */
export async function moneyOf(db: Database): Promise<{ accounts: unknown[]; reservations: unknown[] }> {
  const accounts = await db.query(
    'select trim_scale(balance)::text as balance, trim_scale(reserved)::text as reserved from account order by id',
  )
  const reservations = await db.query(
    'select settled_by, trim_scale(taken)::text as taken from reservation order by made_at',
  )
  return { accounts: accounts.rows, reservations: reservations.rows }
}
