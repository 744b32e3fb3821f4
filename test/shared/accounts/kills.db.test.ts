import { randomUUID } from 'node:crypto'

import { expect, it } from 'vitest'

import { freePort } from '../../../shared/embedded/port.ts'
import { verifyAccounts } from '../../../shared/accounts/verify.ts'
import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { verifySums } from '../../../shared/sums/verify.ts'
import { aCall, aCallerid, aClient, anOffice } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages, rollUp, startStages } from '../../support/lines.ts'
import { start, untilHealthy } from '../../support/processes.ts'
import type { Started } from '../../support/processes.ts'

const database = useDatabase()
/** Work on a connection, one after another. */
function inTurn(own: Database): <Result>(work: (own: Database) => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(() => work(own))
    last = mine.catch(() => undefined)
    return mine
  }
}
const [accounts, callers, writers, forMs] = [50, 200, 10, 12_000]

it('loses and doubles no money when authorize, rollup and connections are killed again and again', async () => {
  const { db } = database
  const office = await anOffice(db)
  const source = (await db.query<{ name: string }>('select name from source')).rows[0]?.name ?? ''
  // The first of them call only when they were allowed to; the last also without asking.
  for (let n = 0; n < accounts; n++) {
    const client_id = await aClient(db, { tarif_id: office.tarifnum })
    await aCallerid(db, client_id, String(300 + n))
    await db.query('insert into account (client_id, reserve_sec) values ($1, 90)', [client_id])
  }
  await db.query(`insert into payment (account_id, amount, reference) select id, 3, 'first' from account`)
  const port = await freePort(6)
  const authorizeOn = (n: number): Started =>
    start('stages/authorize.ts', [], {
      DATABASE_URL: database.url,
      AUTHORIZE_PORT: String(port + n),
      AGI_PORT: String(port + 3 + n),
      LOG_LEVEL: 'silent',
    })
  const summing = (): Started =>
    start('stages/rollup.ts', [], { DATABASE_URL: database.url, LOG_LEVEL: 'silent' })
  const processes = [authorizeOn(0), authorizeOn(1), summing(), summing()]
  const stages = startStages(database.url)
  for (const at of [port, port + 1]) await untilHealthy(at)

  const writing = await Promise.all(Array.from({ length: writers }, () => connect(database.url, 'test')))
  const turns = writing.map(inTurn)
  const until = performance.now() + forMs
  let [allowed, refused, lost] = [0, 0, 0]
  // A slow machine is given its time.
  const isOver = (): boolean => performance.now() > until && allowed > 10 * accounts
  async function calls(nr: number): Promise<void> {
    for (let at = 0; !isOver(); at++) {
      const n = (nr * 7 + at) % accounts
      const [call_ref, channel] = [randomUUID(), `SIP/${300 + n}-${nr}${at}`]
      const record = (billsec: number, other = channel): Promise<number> | undefined =>
        turns[nr % writers]?.((own) =>
          aCall(own, {
            source_id: office.source_id,
            src: String(300 + n),
            channel: other,
            uniqueid: call_ref,
            billsec,
            duration: billsec + 5,
            calldate: new Date().toISOString(),
          }),
        )
      if (n >= accounts - 2 && at % 5 === 0) await record(30)
      const question = {
        source,
        caller: String(300 + n),
        dialled: '84951234567',
        channel,
        dstchannel: 'SIP/trunk',
        call_ref,
      }
      const ask = (where: number) =>
        fetch(`http://127.0.0.1:${port + where}/authorize`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(question),
        }).then(
          (response) =>
            response.json() as Promise<{ allowed: boolean; seconds: number | null; reservation: string }>,
          () => undefined,
        )
      // Asked again, of the other, it is the same call.
      const answer = (await ask(at % 2)) ?? (await ask((at + 1) % 2))
      if (answer === undefined) {
        lost++
        // Both are dead at this moment: an exchange would not ask a thousand times until one is back.
        await new Promise((resolve) => setTimeout(resolve, 50))
      } else if (!answer.allowed) refused++
      else {
        allowed++
        const seconds = Math.max(1, Math.floor(((answer.seconds ?? 1) * (1 + ((nr + at) % 4))) / 4))
        if (at % 7 === 3) continue
        // Two records of one call have the seconds between them.
        if (at % 7 === 4 && seconds > 2) {
          await record(Math.floor(seconds / 3), `${channel}-second`)
          await record(Math.floor(seconds / 3))
        } else await record(seconds)
      }
    }
  }

  async function pay(): Promise<void> {
    while (!isOver()) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      await turns[0]?.((own) =>
        own.query(
          `insert into payment (account_id, amount, reference) select id, round((random() * 2)::numeric, 2) + 0.01, gen_random_uuid() from account where random() < 0.3`,
        ),
      )
    }
  }

  /** All calls of some clients are priced again, which takes nothing and gives nothing. */
  async function priceAgain(): Promise<void> {
    while (!isOver()) {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      await turns[0]?.((own) =>
        own.query(
          `select rerate(client_id, now() - interval '1 hour', now(), 'asked for') from account where random() < 0.1`,
        ),
      )
    }
  }

  async function kill(): Promise<void> {
    for (let at = 0; !isOver(); at++) {
      await new Promise((resolve) => setTimeout(resolve, 700))
      const which = at % 3
      if (which === 0) {
        await turns[0]?.((own) =>
          own.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name in ('paidcalls authorize', 'paidcalls rollup') and random() < 0.5`,
          ),
        )
        continue
      }
      const victim = which === 1 ? at % 2 : 2 + (at % 2)
      processes[victim]?.child.kill('SIGKILL')
      await processes[victim]?.ended
      processes[victim] = victim < 2 ? authorizeOn(victim) : summing()
      // On a slow machine as well the other is killed only when there is one again to ask.
      if (victim < 2) await untilHealthy(port + victim)
    }
  }

  await Promise.all([
    ...Array.from({ length: callers }, (_, nr) => calls(nr)),
    ...[kill(), pay(), priceAgain()],
  ])
  await Promise.all(writing.map(disconnect))
  for (const { child } of processes) child.kill('SIGTERM')
  await Promise.all(processes.map(({ ended }) => ended))
  await stages.stop()
  await drainStages(database.url)
  await rollUp(database.stageUrl)

  expect(allowed).toBeGreaterThan(10 * accounts)
  expect(refused).toBeGreaterThan(0)
  expect(await verifyAccounts(db)).toEqual([])
  expect((await verifySums(db)).differences).toEqual([])
  const { rows: below } = await db.query(
    `select id, balance from account where balance - reserved < 0 and id <= (select min(id) + $1 from account)`,
    [accounts - 3],
  )
  expect(below).toEqual([])
  // What is still held is of calls without a record, or of a question that was answered after its process was gone: it ends when the
  // exchange was read to beyond it.
  await db.query(`update reservation set ends_at = now() - interval '1 hour' where settled_at is null`)
  await db.query('insert into source_position (source_id, read_to_end_at) values ($1, now())', [
    office.source_id,
  ])
  await rollUp(database.stageUrl)
  const { rows: held } = await db.query(
    'select sum(reserved)::float8 as reserved, count(*) filter (where balance < 0 and id <= (select min(id) + $1 from account))::integer as below from account',
    [accounts - 3],
  )
  expect(held).toEqual([{ reserved: 0, below: 0 }])
  expect(await verifyAccounts(db)).toEqual([])
  expect(lost).toBeLessThan(allowed + refused)
}, 240_000)
