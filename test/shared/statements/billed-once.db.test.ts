import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { verifyStatements } from '../../../shared/statements/verify.ts'
import { voidStatement } from '../../../shared/statements/run.ts'
import { aBookkeeper, aDecision, emptyBooks } from '../../support/billing.ts'
import type { Bookkeeper } from '../../support/billing.ts'
import { aClient, aPlan, empty } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { rollUp } from '../../support/lines.ts'
import { start } from '../../support/processes.ts'

const database = useDatabase()
let books: Bookkeeper
let other: Bookkeeper

beforeAll(async () => {
  books = await aBookkeeper(database.db, database.url)
  other = await aBookkeeper(database.db, database.url)
})
afterAll(async () => {
  await books.leave()
  await other.leave()
})
beforeEach(async () => {
  await emptyBooks(database.db)
  await empty(database.db)
})

const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

/** Nothing is wrong and nothing is left to bill. */
async function expectAllBilled(): Promise<void> {
  await rollUp(database.stageUrl)
  expect(await verifyStatements(database.db)).toMatchObject({ toBill: [], differences: [] })
  const [sums] = await ask(
    `select (select coalesce(sum(total), 0) from (select distinct on (call_id) total from rating_decision order by call_id, nr desc) latest)
      = (select coalesce(sum(net), 0) from statement where status = 'issued') as billed,
      (select coalesce(sum(total), 0) from statement where status <> 'draft') = (select coalesce(sum(net + tax + rounding), 0) from statement where status = 'issued') as credited`,
  )
  expect(sums).toEqual({ billed: true, credited: true })
}

describe('a call’s money', () => {
  type Step =
    | { do: 'call'; client: number; month: number; total: number }
    | { do: 'price again'; call: number; total: number }
    | { do: 'move'; call: number; client: number; currency: string }
    | { do: 'move in time'; call: number; month: number }
    | { do: 'void'; statement: number }
    | { do: 'issue'; month: number }
  const clientOf = fc.integer({ min: 0, max: 2 })
  const month = fc.integer({ min: 1, max: 6 })
  const total = fc.integer({ min: 0, max: 50_000 })
  const call = fc.nat(30)
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('call' as const), client: clientOf, month, total }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('price again' as const), call, total }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('move' as const),
        call,
        client: clientOf,
        currency: fc.constantFrom('EUR', 'EUR', 'USD'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('move in time' as const), call, month }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), statement: fc.nat(10) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('issue' as const), month }) },
  )

  it('is billed exactly once, whatever is priced again, comes late, moves or is void, in whatever order months are issued', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        await emptyBooks(database.db)
        await empty(database.db)
        const tarifnum = await aPlan(database.db)
        const clients: number[] = []
        for (let n = 0; n < 3; n++)
          clients.push(await aClient(database.db, { tarif_id: tarifnum, statements_from: '2026-01-01' }))
        // The latest decision of each call.
        const calls: { nr: number; client_id: number; currency: string; month: number; total: number }[] = []
        const decide = async (id: number): Promise<void> => {
          const latest = calls[id]
          if (!latest) return
          const { month: of, total: amount, ...columns } = latest
          await aDecision(database.db, id + 1, {
            ...columns,
            total: (amount / 10_000).toFixed(4),
            calldate: `2026-0${of}-15T12:00:00Z`,
          })
        }
        const change = async (at: number, changed: Partial<(typeof calls)[number]>): Promise<void> => {
          if (calls.length === 0) return
          const id = at % calls.length
          const latest = calls[id]
          if (!latest) return
          calls[id] = { ...latest, ...changed, nr: latest.nr + 1 }
          await decide(id)
        }
        for (const now of steps) {
          if (now.do === 'call') {
            calls.push({
              nr: 1,
              client_id: clients[now.client] ?? 0,
              currency: 'EUR',
              month: now.month,
              total: now.total,
            })
            await decide(calls.length - 1)
          } else if (now.do === 'price again') await change(now.call, { total: now.total })
          else if (now.do === 'move')
            await change(now.call, { client_id: clients[now.client] ?? 0, currency: now.currency })
          else if (now.do === 'move in time') await change(now.call, { month: now.month })
          else if (now.do === 'issue') expect((await books.issue(`2026-0${now.month}`)).failed).toEqual([])
          else {
            const issued = await ask(`select number from statement where status = 'issued' order by id`)
            const chosen = issued[now.statement % Math.max(issued.length, 1)]?.['number']
            if (typeof chosen === 'string') await voidStatement(books.db, chosen, 'a test')
          }
        }
        expect((await books.issue('2026-07')).failed).toEqual([])
        await expectAllBilled()
      }),
      { numRuns: 12 },
    )
  }, 120_000)

  it('is billed once when two runs issue at once, also of different months', async () => {
    const tarifnum = await aPlan(database.db)
    for (let n = 0; n < 8; n++) {
      const client_id = await aClient(database.db, { tarif_id: tarifnum, statements_from: '2026-01-01' })
      for (const at of [1, 2])
        await aDecision(database.db, 10 * n + at, {
          client_id,
          total: '0.1000',
          calldate: `2026-0${at}-10T00:00:00Z`,
        })
    }
    const made = await Promise.all([
      books.issue('2026-02'),
      other.issue('2026-02'),
      other.db.query('select 1'),
    ])
    expect([made[0].failed, made[1].failed]).toEqual([[], []])
    expect(made[0].issued + made[1].issued).toBe(8)
    await Promise.all([books.issue('2026-01'), other.issue('2026-03')])
    await expectAllBilled()
    expect(
      await ask(
        'select count(*)::integer as calls, count(distinct call_id)::integer as once from statement_call',
      ),
    ).toEqual([{ calls: 16, once: 16 }])
  })

  it('is billed once when the program is killed at any moment, without a gap in the numbers', async () => {
    const tarifnum = await aPlan(database.db)
    for (let n = 1; n <= 40; n++) {
      const client_id = await aClient(database.db, { tarif_id: tarifnum })
      for (const at of [0, 1, 2])
        await aDecision(database.db, 3 * n + at, {
          client_id,
          total: '0.0333',
          calldate: '2026-02-10T00:00:00Z',
        })
    }
    const args = ['--month', '2026-02', '--out', books.folder]
    for (const aliveMs of [900, 1_100, 1_300]) {
      const running = start('stages/statement.ts', args, { DATABASE_URL: books.url })
      await new Promise((resolve) => setTimeout(resolve, aliveMs))
      running.child.kill('SIGKILL')
      await running.ended
    }
    const last = await start('stages/statement.ts', args, { DATABASE_URL: books.url }).ended
    expect(last).toMatchObject({ code: 0 })
    await expectAllBilled()
    expect(
      await ask(
        `select count(*)::integer as issued, count(*) filter (where pdf_sha256 is null)::integer as without_pdf, max(right(number, 5)) as last from statement`,
      ),
    ).toEqual([{ issued: 40, without_pdf: 0, last: '00040' }])
  }, 60_000)
})
