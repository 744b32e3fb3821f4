import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { takeSourceAway } from '../../shared/forget/source.ts'
import { verifyStatements } from '../../shared/statements/verify.ts'
import { verifySums } from '../../shared/sums/verify.ts'
import { archive } from '../support/archiving.ts'
import { aBookkeeper, emptyBooks } from '../support/billing.ts'
import type { Bookkeeper } from '../support/billing.ts'
import { aCall, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { anExchangeInBerlin, anOfficeInBerlin, month } from '../support/forgetting.ts'
import type { Exchange, Office } from '../support/forgetting.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const login = `test_forget_source_${Math.random().toString(36).slice(2)}`
let office: Office
let trial: Exchange
let books: Bookkeeper
let adminUrl = ''

const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
const past = (query: string) =>
  database.db.query(
    `set session_replication_role = replica; ${query}; set session_replication_role = default`,
  )
const forget = (...args: string[]) => run('stages/forget.ts', args, { DATABASE_URL: adminUrl })

beforeAll(async () => {
  await database.db.query(`create role ${login} login password 'x' in role paidcalls_admin`)
  const url = new URL(database.url)
  ;[url.username, url.password] = [login, 'x']
  adminUrl = url.href
  books = await aBookkeeper(database.db, database.url)
})
afterAll(async () => {
  await books.leave()
  await database.db.query(`drop owned by ${login}; drop role ${login}`)
})
beforeEach(async () => {
  const { db } = database
  await emptyBooks(db)
  await empty(db)
  await past(
    `truncate account, account_entry, reservation, day_sum, client_day, alert, bundle, bundle_month, bundle_take, recent_call, unwatched, unbooked cascade`,
  )
  office = await anOfficeInBerlin(db, database.url)
  // Of the same client: what he called over both adds up in his bundle and his account.
  trial = await anExchangeInBerlin(db, database.url)
  await db.query(
    `insert into account (client_id, currency, kind, credit_limit) values ($1, 'EUR', 'postpaid', null)`,
    [office.client_id],
  )
  await db.query(`insert into bundle (tarifnum, seconds) values ($1, 90)`, [office.tarifnum])
  await db.query(`insert into bundle_code (bundle_id, code) select id, '49' from bundle`)
})

/** All that calls come to, and how many rows there are. */
const everything = () =>
  ask(`
    select 'sums' as what, sum(total)::text as total, sum(calls)::integer as rows from call_sum where calls <> 0
    union all select 'days', sum(total)::text, sum(calls)::integer from day_sum where calls <> 0
    union all select 'clients', sum(total)::text, sum(calls)::integer from client_day where calls <> 0
    union all select 'minutes', sum(begun)::text, sum(ended)::integer from minute_calls where (begun, ended) <> (0, 0)
    union all select 'balance', balance::text, 1 from account
    union all select 'reserved', reserved::text, 1 from account
    union all select 'bundle', sum(taken)::text, null from bundle_month where taken > 0
    union all select 'calls', sum(total)::text, count(*)::integer from (select total from paidcalls union all select total from archived_call) call
    union all select 'decisions', null, count(*)::integer from (select nr from rating_decision where nr = 1 union all select nr from archived_decision where nr = 1) made
    union all select 'records', null, count(*)::integer from cdr
    union all select 'recent', null, count(*)::integer from recent_call
    union all select 'positions', null, count(*)::integer from source_position
    union all select 'reservations', null, count(*)::integer from reservation
    union all select 'alerts', null, count(*)::integer from alert
    order by 1`)

/** Some calls over the office, and what they came to; then some over the exchange that is tried. */
async function tried(): Promise<Awaited<ReturnType<typeof everything>>> {
  const { db } = database
  office.ring(...[1, 2, 3].map((minute) => ({ dst: '030123456', at: `${month(1)}-07 12:0${minute}:00` })))
  await office.work()
  const before = await everything()
  trial.ring(
    ...[1, 2, 3, 4].map((minute) => ({ dst: '015123456789', at: `${month(1)}-05 12:0${minute}:00` })),
    { dst: '030123456', at: 'never' },
    { src: '0309999999', dst: '030123456', at: `${month(1)}-05 12:00:00` },
  )
  await trial.work()
  await db.query(`insert into alert (source_id, message) values ($1, 'silent')`, [trial.source_id])
  await db.query(
    `insert into reservation (id, account_id, source_id, call_ref, number, amount, seconds, ends_at)
    select gen_random_uuid(), id, $1, 'x', '4930123456', 5, 60, now() from account`,
    [trial.source_id],
  )
  await past(`update account set reserved = 5`)
  return before
}

describe('forget --source', () => {
  it('says what would be taken away, and takes nothing', async () => {
    await tried()
    const before = await everything()
    expect(await forget('--source', trial.source, '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^forget: 6 records and 5 calls, worth [\d.]+ EUR, of source .* would be taken away\n$/,
      ) as string,
    })
    expect(await everything()).toEqual(before)
  })

  it('takes all of it away, and everything comes to what it did before, to the last digit', async () => {
    const { db } = database
    const before = await tried()
    expect(await everything()).not.toEqual(before)
    expect(await forget('--source', trial.source)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(
        /6 records and 5 calls.* are taken away, and source .* is disabled/,
      ) as string,
    })
    // The seconds of the bundle that it had taken go to the calls that came before it was tried.
    await drainStages(database.url)
    await rollUp(database.url)
    expect(await everything()).toEqual(before)
    expect((await verifySums(db)).differences).toEqual([])
    expect((await verifyStatements(db)).differences).toEqual([])
    expect(await ask('select * from price_not_decided')).toEqual([])
    expect(
      await ask(
        'select from account where balance <> (select sum(amount) from account_entry where account_id = account.id)',
      ),
    ).toEqual([])
    await db.query('delete from source where id = $1', [trial.source_id])
  })

  it('takes archived calls and such without a record, too', async () => {
    const before = await tried()
    await aCall(database.db, {
      source_id: trial.source_id,
      calldate: `${month(1)}-05T12:00:00Z`,
      src: '0301112220',
      dst: '030123456',
    })
    await drainStages(database.url)
    await rollUp(database.url)
    await archive(database.db, 0)
    expect(await forget('--source', trial.source)).toMatchObject({ code: 0 })
    await drainStages(database.url)
    await rollUp(database.url)
    expect(await everything()).toEqual(before)
  })

  it('goes on where it was killed, and can be read anew', async () => {
    const before = await tried()
    trial.ring(
      ...Array.from({ length: 600 }, (_, at) => ({
        dst: '030123456',
        at: `${month(1)}-06 12:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`,
      })),
    )
    await trial.work()
    const all = await everything()
    const stop = new AbortController()
    await takeSourceAway(database.db, trial.source, {
      stop: stop.signal,
      wait: () => rollUp(database.url),
      step: () => {
        stop.abort()
      },
    })
    expect((await verifySums(database.db)).differences).toEqual([])
    expect(await forget('--source', trial.source)).toMatchObject({ code: 0 })
    await drainStages(database.url)
    await rollUp(database.url)
    expect(await everything()).toEqual(before)
    await database.db.query('update source set enabled = true where id = $1', [trial.source_id])
    await trial.work()
    const gone = ['alerts', 'reservations', 'reserved']
    const without = (rows: typeof all) => rows.filter(({ what }) => !gone.includes(String(what)))
    expect(without(await everything())).toEqual(without(all))
  })

  it.each(['issued', 'void'])(
    'is refused as soon as one of its calls is on a statement that is %s',
    async (status) => {
      await tried()
      await books.issue(month(1), { withWaiting: true })
      if (status === 'void') await past(`update statement set status = 'void', reason = 'x'`)
      const before = await everything()
      expect(await forget('--source', trial.source)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /Calls of source .* are on statement \S+: it cannot be taken away any more/,
        ) as string,
      })
      await expect(database.db.query('select leave_source($1)', [trial.source])).rejects.toThrow(
        /cannot be taken away any more/,
      )
      await past('update source set enabled = false')
      await expect(database.db.query('select forget_source($1, 500)', [trial.source_id])).rejects.toThrow(
        /they stay/,
      )
      expect(await everything()).toEqual(before)
    },
  )

  it('takes a draft with its calls along', async () => {
    await tried()
    await books.issue(month(1), { draft: true, withWaiting: true })
    expect(await forget('--source', trial.source)).toMatchObject({ code: 0 })
    expect(await ask('select status from statement')).toEqual([])
  })

  it('is refused for a source that is not there, and while rollup does not add up', async () => {
    expect(await forget('--source', 'nowhere')).toMatchObject({
      code: 1,
      stderr: 'forget: There is no source nowhere.\n',
    })
    await tried()
    await past(`insert into unsummed (call_id, nr) select call_id, nr from rating_decision`)
    await expect(
      takeSourceAway(database.db, trial.source, {
        stop: new AbortController().signal,
        wait: () => Promise.resolve(),
        step: () => undefined,
      }),
    ).rejects.toThrow('Calls of it are not in the sums yet: start rollup, then ask again.')
  })
})
