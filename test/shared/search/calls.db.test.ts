import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'

import { behindCall, callsQuery, conditions, estimateQuery, sought } from '../../../shared/search/calls.ts'
import { useDatabase } from '../../support/database.ts'

const database = useDatabase()
const by = {
  ...sought,
  from: { label: 'From', where: 'calldate >= $$::timestamptz', check: /./ },
  to: { label: 'To', where: 'calldate < $$::timestamptz', check: /./ },
}

describe('calls that are sought', () => {
  // Priced once, priced twice with another client and time before, waiting, waiting to be priced again, archived; many at the same moment.
  beforeAll(async () => {
    await database.db.query(
      `set session_replication_role = replica;
      insert into paidcalls (id, status, calldate, source_id, client_id, src, number, country, billable_sec, total, currency, decisions)
      select n, (case when n % 5 in (0, 1, 4) then 'tarif defined' when n % 10 = 2 then 'new record' else 'destination defined' end)::enum_paidcalls_status, '2026-11-01Z'::timestamptz + n * 7919 % 50 * interval '1 hour', 1 + n % 2, nullif(n % 7, 6), n % 11,
        '44' || n % 13, (array['GB', 'DE'])[1 + n % 2], n % 60, n % 9, 'EUR', case when n % 5 = 2 then 0 when n % 5 = 1 then 2 else 1 end
      from generate_series(1, 300) n;
      insert into rating_decision (call_id, nr, reason, rule, client_id, number, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta, currency, calldate, source_id, answered, duration, direction, kind, country, cause)
      select id, nr, 'first rating', 'price', case when nr = decisions then client_id else 5 end, number, 1, 0, 1, 1, 0, 0, 0, 'EUR', case when nr = decisions then calldate else '2026-11-02Z' end, source_id, true, 1, 'out', 'mobile', country, ''
      from paidcalls, generate_series(1, decisions) nr;
      create table archived_call_11 partition of archived_call for values from ('2026-11-01Z') to ('2026-12-01Z');
      insert into archived_call select * from paidcalls where id % 5 = 4;
      delete from rating_decision where call_id % 5 = 4;
      delete from paidcalls where id % 5 = 4;
      set session_replication_role = default`,
    )
  })

  const given = fc.record(
    {
      client: fc.constantFrom('1', '2', '5'),
      from: fc.constantFrom('2026-11-01', '2026-11-02T05:00Z'),
      to: fc.constantFrom('2026-11-02', '2026-11-03T01:00Z'),
      src: fc.constantFrom('1', '7'),
      number: fc.constantFrom('44', '441', '9'),
      country: fc.constantFrom('GB', 'FR'),
      source: fc.constantFrom('1', '3'),
      longer: fc.constantFrom('10', '59'),
    },
    { requiredKeys: [] },
  )
  const idsOf = async (text: string, values: readonly unknown[]): Promise<number[]> =>
    (await database.db.query<{ id: number }>(text, [...values])).rows.map(({ id }) => id)

  it('are those a search of all calls finds, those that began last first, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.integer({ min: 1, max: 120 }),
        fc.boolean(),
        async (asked, most, isReader) => {
          const { where, values } = conditions(by, isReader ? { ...asked, source: undefined } : asked)
          const expected = await idsOf(
            `select id from (select * from paidcalls union all select * from archived_call) call
          ${where.length > 0 ? `where ${where.join(' and ')}` : ''} order by calldate desc, id desc`,
            values,
          )
          const found: number[] = []
          for (;;) {
            const last = found.at(-1)
            const behind = last === undefined ? [] : [behindCall(isReader, values.length + 1)]
            const page = await idsOf(callsQuery(isReader, 'id', [...where, ...behind], most), [
              ...values,
              ...(last === undefined ? [] : [last]),
            ])
            found.push(...page)
            if (page.length < most) break
          }
          expect(found).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['everybody', false],
    ['readers', true],
  ])('are read by indexes alone, in their order, for %s', async (_, isReader) => {
    const { db } = database
    await db.query(
      'begin; set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off',
    )
    const { rows } = await db.query<{ 'QUERY PLAN': string }>(`explain ${callsQuery(isReader, 'id', [], 50)}`)
    await db.query('rollback')
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Index Scan Backward using rating_decision_calldate/)
    expect(plan).not.toMatch(/Seq Scan on paidcalls/)
    expect(plan).toMatch(/Merge Append/)
  })

  it('are counted about, by the server, without counting', async () => {
    await database.db.query('analyze')
    const { rows } = await database.db.query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(
      estimateQuery(['client_id = $1::integer']),
      [1],
    )
    const about = rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0
    expect(about).toBeGreaterThan(20)
    expect(about).toBeLessThan(100)
  })
})
