import { beforeEach, describe, expect, it } from 'vitest'

import { aCall, aClient, anOffice, empty, emptyCalls } from '../support/builders.ts'
import { aDecision } from '../support/billing.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, judgeAll, rollUp, startWatch } from '../support/lines.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

let lastCall = 0
/** A minute's call that ended so many minutes ago, judged or not. */
async function called(
  client_id: number | null,
  minutesAgo: number,
  over: Record<string, unknown> = {},
): Promise<number> {
  lastCall++
  const ended = Date.now() - minutesAgo * 60_000
  await aDecision(database.db, lastCall, {
    ...{ total: '1.00', duration: 60, calldate: new Date(ended - 60_000).toISOString() },
    ...over,
    client_id: client_id as number,
  })
  return lastCall
}
const rule = (over: string, values = ''): Promise<unknown> =>
  ask(
    `insert into rule (name, metric, within, threshold, close_after${over && `, ${over}`}) values ('many calls', 'calls', '10 min', 2, '0'${values && `, ${values}`})`,
  )
const alerts = () =>
  ask(`select client_id, value::float8, closed_at is not null as over, message from alert order by id`)

describe('watch', () => {
  let client: number
  beforeEach(async () => {
    await emptyCalls(database.db)
    await ask(
      `set session_replication_role = replica;
      truncate unsummed, call_sum, minute_calls, recent_call, unwatched, alert, account_hold, recipient, delivery, rule, account cascade;
      set session_replication_role = default`,
    )
    await ask(`update watch_turn set seen_at = '-infinity', holder = ''`)
    await empty(database.db)
    client = await aClient(database.db, { name: 'Harbour' })
  })

  it('opens one alert for one incident, keeps it up to date, and closes it', async () => {
    await rule('')
    for (const ago of [3, 2, 1]) await called(client, ago)
    await judgeAll(database.url)
    const open = {
      ...{ client_id: client, value: 3, over: false },
      message: `many calls: client ${client} (Harbour): calls 3 within a window of 10 minutes, above 2`,
    }
    expect(await alerts()).toEqual([open])
    await called(client, 0)
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([{ value: 4, over: false }])
    // A rule that asks for more: what is open is over.
    await ask('update rule set threshold = 10')
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([{ value: 4, over: true }])
    expect(await ask('select count(*)::integer as waits from unwatched')).toEqual([{ waits: 0 }])
  })

  it('judges nothing and keeps nothing for later while no rule is enabled', async () => {
    await rule('enabled', 'false')
    for (const ago of [3, 2, 1]) await called(client, ago)
    await rollUp(database.url)
    expect(
      await ask(
        'select (select count(*) from unwatched)::integer as waits, count(*)::integer as known from recent_call',
      ),
    ).toEqual([{ waits: 0, known: 3 }])
    // Switched on, it knows what was: one more call passes it.
    await ask('update rule set enabled = true')
    await judgeAll(database.url)
    expect(await alerts()).toEqual([])
    await called(client, 0)
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([{ value: 4 }])
  })

  it('counts a call priced again once, as what it is now, for whom it is now', async () => {
    const other = await aClient(database.db)
    await rule('')
    await ask(`update rule set metric = 'value', threshold = 2.5`)
    const calls = [await called(client, 2), await called(client, 1)]
    await judgeAll(database.url)
    expect(await alerts()).toEqual([])
    const [call_id] = calls
    const [made] = await ask('select calldate from rating_decision where call_id = $1', call_id)
    await aDecision(database.db, call_id ?? 0, {
      nr: 2,
      client_id: client,
      total: '2.00',
      duration: 60,
      calldate: (made?.['calldate'] as Date).toISOString(),
    })
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([{ client_id: client, value: 3, over: false }])
    await aDecision(database.db, call_id ?? 0, {
      nr: 3,
      client_id: other,
      total: '3.00',
      duration: 60,
      calldate: (made?.['calldate'] as Date).toISOString(),
    })
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([
      { client_id: client, over: true },
      { client_id: other, value: 3, over: false },
    ])
  })

  it('judges records that come hours late in the time they were of, and says of when', async () => {
    await rule('')
    for (const ago of [305, 304]) await called(client, ago)
    await judgeAll(database.url)
    await called(client, 303)
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([{ client_id: client, value: 3, over: true }])
    expect(
      await ask(
        `select round(extract(epoch from now() - opened_at) / 60)::integer as ago, closed_at - opened_at < '11 min' as short from alert`,
      ),
    ).toEqual([{ ago: 303, short: true }])
    // The next late one is of the same incident.
    await called(client, 302)
    await judgeAll(database.url)
    expect(await alerts()).toHaveLength(1)
  })

  it('holds a client, also one without an account; a person lifts it, and a person goes before', async () => {
    await rule('action, hold_for', `'hold', '1 hour'`)
    for (const ago of [3, 2, 1]) await called(client, ago)
    await judgeAll(database.url)
    const account = () => ask(`select kind, credit_limit, hold from account where client_id = $1`, client)
    expect(await account()).toMatchObject([
      { kind: 'postpaid', credit_limit: null, hold: expect.stringContaining('many calls') as string },
    ])
    await ask(`update account set hold = 'not paid'`)
    expect(await account()).toMatchObject([{ hold: 'not paid' }])
    await ask(`delete from account_hold where rule_id is null`)
    expect(await account()).toMatchObject([{ hold: expect.stringContaining('many calls') as string }])
    await ask(`update account_hold set until = now() - interval '1 second'`)
    await called(client, 0)
    await judgeAll(database.url)
    expect(await account()).toMatchObject([{ hold: null }])
    expect(await ask('select count(*)::integer as holds from account_hold')).toEqual([{ holds: 0 }])
  })

  it('starts again with an alert whose worst value was of sixtieths, and compares with the week before as it did', async () => {
    await rule('', '')
    await ask(
      `update rule set metric = 'master value', compare = 'up by %', against = '7 days', threshold = 50`,
    )
    await ask(
      `insert into rule (name, metric, within, threshold, close_after) values ('dear', 'master value', '10 min', 0.5, '1 day')`,
    )
    const week = 7 * 1440
    for (const ago of [3, 2]) await called(client, week + ago)
    for (const ago of [3, 2]) await called(client, ago)
    await judgeAll(database.url)
    await ask(`update alert set value = 0.6666666666666666, at_stake = 0.0011666666666666`)
    const messages = () =>
      ask(`select rule.name, alert.value::float8 from alert join rule on rule.id = rule_id order by name`)
    expect(await messages()).toEqual([{ name: 'dear', value: 0.6666666666666666 }])
    // Half as much again is not above 50 %, a hundredth more is.
    await called(client, 1)
    await judgeAll(database.url)
    expect(await messages()).toEqual([{ name: 'dear', value: 3 }])
    await called(client, 0, { total: '0.01' })
    await judgeAll(database.url)
    expect(await messages()).toEqual([
      { name: 'dear', value: 3.01 },
      { name: 'many calls', value: 50.5 },
    ])
  })

  it('takes over from one that is gone, with what it knew', async () => {
    await rule('')
    for (const ago of [3, 2, 1]) await called(client, ago)
    await judgeAll(database.url)
    await ask(`update watch_turn set holder = 'elsewhere 1', seen_at = now()`)
    const standby = startWatch(database.url)
    try {
      await called(client, 0)
      await rollUp(database.url)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect(await alerts()).toMatchObject([{ value: 3 }])
      await expect.poll(alerts, { timeout: 10_000 }).toMatchObject([{ value: 4 }])
    } finally {
      await standby.stop()
    }
  })

  it('counts calls that wait, at the dearest root price, under nobody, until they are priced', async () => {
    const office = await anOffice(database.db)
    await rule('')
    await ask(`update rule set metric = 'master value', threshold = 0.01, scope = 'client'`)
    const id = await aCall(database.db, {
      ...{ source_id: office.source_id, src: '999', billsec: 600, duration: 600 },
      calldate: new Date(Date.now() - 630_000).toISOString(),
    })
    await drainStages(database.url)
    const [waits] = await ask('select problem from paidcalls where id = $1', id)
    expect(waits?.['problem']).toContain('999')
    await judgeAll(database.url)
    expect(await alerts()).toMatchObject([{ client_id: 0, over: false }])
  })
})
