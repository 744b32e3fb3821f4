// A database in use: calls in every state, an account that money is held on, a statement. And whether it goes on after it was restored.

import { expect } from 'vitest'

import { createAsk } from '../../shared/accounts/ask.ts'
import { authorize } from '../../shared/accounts/authorize.ts'
import type { Answer } from '../../shared/accounts/question.ts'
import { verifyAccounts } from '../../shared/accounts/verify.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { verifyStatements } from '../../shared/statements/verify.ts'
import { verifySums } from '../../shared/sums/verify.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { aBookkeeper } from './billing.ts'
import { aCallerid } from './builders.ts'
import { anOfficeInBerlin } from './forgetting.ts'
import type { Office } from './forgetting.ts'
import { drain } from './importing.ts'
import { drainStages, rollUp } from './lines.ts'

/** Who may do everything there, and a stage. */
export interface Urls {
  url: string
  stageUrl: string
}

export interface InUse {
  office: Office
  /** What an exchange was told of the call that is going on. */
  answer: Answer
  /** Its record comes. */
  hangUp: () => void
}

const stages = { client, destination, tariff }
const now = (): string => new Date().toISOString().slice(0, 19).replace('T', ' ')
const state = (url: string): Promise<unknown[]> =>
  withOwn(url, async (db) => {
    const { rows } = await db.query<Record<string, unknown>>(
      `select (select json_object_agg(status, calls) from (select concat_ws(': ', status, problem) as status, count(*) as calls from paidcalls group by 1) own) as calls,
        (select count(*)::integer from unsummed) as unsummed, (select count(*)::integer from reservation where settled_at is null) as open,
        (select trim_scale(balance)::text from account) as balance, (select array_agg(number order by id) from statement) as statements`,
    )
    return rows
  })

export async function withOwn<Result>(url: string, work: (db: Database) => Promise<Result>): Promise<Result> {
  const db = await connect(url, 'test')
  return work(db).finally(() => disconnect(db))
}

const ask = (db: Database, office: Office, call_ref: string): Promise<Answer> =>
  authorize(
    db,
    createAsk(stages),
    {
      source: office.source,
      caller: '0301112220',
      dialled: '030999',
      channel: 'SIP/0301112220-00000001',
      call_ref,
    },
    crypto.randomUUID(),
  )

/** Reads what the exchange has written, prices and sums it. */
export async function work({ url, stageUrl }: Urls, { source, url: file }: Office): Promise<void> {
  await drain(url, source, file)
  await drainStages(stageUrl)
  await rollUp(stageUrl)
}

/** Bills a month; gives back the numbers of all statements and what each comes to. */
export const bill = (url: string, month: string): Promise<unknown[]> =>
  withOwn(url, async (db) => {
    const books = await aBookkeeper(db, url)
    await books.issue(month, { withWaiting: true })
    await books.leave()
    const { rows } = await db.query<{ number: string; net: string }>(
      `select number, trim_scale(net)::text as net from statement where status = 'issued' order by id`,
    )
    return rows
  })

/** Calls that wait, are priced and in no sum yet, are billed, go on. */
export async function use(urls: Urls): Promise<InUse> {
  return withOwn(urls.url, async (db) => {
    const office = await anOfficeInBerlin(db, urls.url)
    await db.query(
      `with opened as (insert into account (client_id, reserve_sec) values ($1, 60) returning id)
      insert into payment (account_id, amount, reference) select id, 100, 'bank 1' from opened`,
      [office.client_id],
    )
    office.ring({ dst: '030555', at: '2026-03-02 12:00:00' }, { dst: '030556', at: '2026-03-03 12:00:00' })
    await work(urls, office)
    await bill(urls.url, '2026-03')
    office.ring({ dst: '030557', at: '2026-04-02 12:00:00' })
    office.ring({ dst: '030558', at: '2026-04-02 12:00:00', src: '0301112229' })
    await drain(urls.url, office.source, office.url)
    await drainStages(urls.stageUrl)
    office.ring({ dst: '030559', at: '2026-04-03 12:00:00' })
    await drain(urls.url, office.source, office.url)
    const answer = await ask(db, office, 'talk')
    expect(await state(urls.url)).toEqual([
      {
        calls: {
          'new record': 1,
          'new record: no client owns caller ID 49301112229': 1,
          'tarif defined': 3,
        },
        ...{ unsummed: 1, open: 1, balance: '98.8', statements: [expect.stringMatching(/-00001$/)] },
      },
    ])
    return {
      ...{ office, answer },
      hangUp: () => {
        office.ring({ dst: '030999', at: now(), seconds: 30, uniqueid: 'talk' })
      },
    }
  })
}

export async function expectSound(url: string): Promise<void> {
  await withOwn(url, async (db) => {
    expect((await verifySums(db)).differences).toEqual([])
    expect(await verifyAccounts(db)).toEqual([])
    expect((await verifyStatements(db)).differences).toEqual([])
  })
}

/** All that was in hand is brought to its end. The record of the call that went on is there already. */
export async function expectItGoesOn(urls: Urls, { office, answer }: InUse): Promise<void> {
  await withOwn(urls.url, async (db) => {
    await expectSound(urls.url)
    expect(await ask(db, office, 'talk')).toEqual(answer)
    expect(await ask(db, office, 'another')).toMatchObject({
      ...answer,
      reservation: expect.anything() as unknown,
    })
    await aCallerid(db, office.client_id, '49301112229')
    await work(urls, office)
    expect(await state(urls.url)).toEqual([
      {
        calls: { 'tarif defined': 6 },
        ...{ unsummed: 0, open: 1, balance: '96.7', statements: [expect.stringMatching(/-00001$/)] },
      },
    ])
    const { rows } = await db.query(
      `select settled_by, trim_scale(taken)::text as taken from reservation where call_ref = 'talk'`,
    )
    expect(rows).toEqual([{ settled_by: 'record', taken: '0.3' }])
    expect(await bill(urls.url, '2026-04')).toEqual([
      { number: expect.stringMatching(/-00001$/) as unknown, net: '1.2' },
      { number: expect.stringMatching(/-00002$/) as unknown, net: '1.8' },
    ])
    await expectSound(urls.url)
  })
}
