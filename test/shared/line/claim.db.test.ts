import { beforeAll, describe, expect, it } from 'vitest'

import { claimQuery, settingsQuery } from '../../../shared/line/lane-queries.ts'
import type { Stage } from '../../../shared/line/stage.ts'
import { client } from '../../../stages/client.ts'
import { destination } from '../../../stages/destination.ts'
import { tariff } from '../../../stages/tariff.ts'
import { useDatabase } from '../../support/database.ts'

const database = useDatabase()

describe('the claim query', () => {
  beforeAll(async () => {
    await database.db.query(
      `insert into source (id, name, country) select n, 's' || n, 'RU' from generate_series(1, 5) n;
      insert into tarifplan (tarifnum, name, currency) select n, 'p', 'EUR' from generate_series(1, 5) n;
      insert into client (id, name) select n, 'c' || n from generate_series(1, 1000) n;
      set session_replication_role = replica;
      insert into client_tarif (client_id, tarifnum) select n, 1 from generate_series(1, 1000) n;
      insert into provider (id, name, channel) select n, 'p', 'SIP/t' || n from generate_series(1, 50) n;
      insert into paidcalls (calldate, status, source_id, src, dst)
      select now(), (enum_range(null::enum_paidcalls_status))[1 + n % 4], 1 + n % 5, n, '8495' || n from generate_series(1, 20000) n`,
    )
    await loadWithoutExclusions(
      'prefix',
      `insert into prefix (prefix, source_id) select '8' || n, 1 + n % 5 from generate_series(1, 100000) n`,
    )
    await loadWithoutExclusions(
      'tarif',
      `insert into tarif (tarifnum, code, price) select 1 + n % 5, 7000000 + n, 1 from generate_series(1, 100000) n`,
    )
    await loadWithoutExclusions(
      'callerid',
      `insert into callerid (client_id, callerid, kind) select 1 + n % 1000, case n % 3 when 0 then 'SIP/' || n else (74950000000 + n)::text end,
        case n % 3 when 0 then 'peer' when 1 then 'number' else 'did' end from generate_series(1, 100000) n`,
    )
    await database.db.query('set session_replication_role = default; analyze')
    await database.db.query(settingsQuery)
  }, 120_000)

  // Loading is quick when the index for a constraint is built afterwards.
  async function loadWithoutExclusions(table: string, load: string): Promise<void> {
    const { rows } = await database.db.query<{ name: string; definition: string }>(
      `select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype = 'x'`,
      [table],
    )
    for (const { name } of rows) await database.db.query(`alter table ${table} drop constraint ${name}`)
    await database.db.query(load)
    for (const { name, definition } of rows)
      await database.db.query(`alter table ${table} add constraint ${name} ${definition}`)
  }

  it.each<[name: string, stage: Stage<never>, indexes: Record<string, string[]>]>([
    [
      'client',
      client,
      {
        paidcalls: ['paidcalls_next'],
        prefix: ['prefix_prefix'],
        callerid: ['callerid_sought'],
      },
    ],
    ['destination', destination, { paidcalls: ['paidcalls_next'], prefix: ['prefix_prefix'] }],
    ['tariff', tariff, { paidcalls: ['paidcalls_next'], tarif: ['tarif_code'] }],
  ])(
    'of %s finds the call and its candidates by their own indexes, whatever their number',
    async (name, stage, indexes) => {
      await database.db.query(`prepare ${name} (bigint) as ${claimQuery(stage)}`)
      const { rows } = await database.db.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `explain (format json) execute ${name} (0)`,
      )
      const scans = rows[0] ? scansOf(rows[0]['QUERY PLAN'][0].Plan) : []
      for (const [table, wanted] of Object.entries(indexes)) {
        expect(
          [...new Set(scans.filter((scan) => scan.table === table).map(({ index }) => index))].sort(),
        ).toEqual(wanted)
      }
      expect(scans.filter(({ index }) => index === undefined)).toEqual([])
      expect(JSON.stringify(rows)).not.toContain('"Incremental Sort"')
    },
  )

  it('finds the other half of a Local channel among thousands by its index', async () => {
    await database.db.query(
      `insert into paidcalls (calldate, source_id, channel, dstchannel, dst)
      values (now(), 1, 'SIP/7-1', 'Local/9@out-1;1', '4951'), (now(), 1, 'Local/9@out-1;2', 'SIP/t1-1', '4951')`,
    )
    // What is read counts from here.
    await database.db.query('begin')
    const { rows } = await database.db.query(
      `select has_second_half(1, 'Local/9@out-1;1') as has_second, has_second_half(1, 'Local/8@out-1;1') as has_another,
        first_half_of(1, 'Local/9@out-1;2') ->> 'dst' as dst, first_half_of(2, 'Local/9@out-1;2') as of_another`,
    )
    expect(rows).toEqual([{ has_second: true, has_another: false, dst: '4951', of_another: null }])
    const { rows: read } = await database.db.query(
      `select seq_scan::integer, idx_tup_fetch::integer as fetched from pg_stat_xact_user_tables where relname = 'paidcalls'`,
    )
    expect(read).toEqual([{ seq_scan: 0, fetched: 2 }])
    await database.db.query('rollback')
  })
})

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  Plans?: Plan[]
}

/** Which tables a plan reads, and by which index. */
function scansOf(plan: Plan, heap?: string): { table: string | undefined; index: string | undefined }[] {
  const below = (plan.Plans ?? []).flatMap((child) => scansOf(child, plan['Relation Name'] ?? heap))
  if (plan['Index Name']) return [{ table: plan['Relation Name'] ?? heap, index: plan['Index Name'] }]
  const readsWhole =
    plan['Relation Name'] !== undefined && below.length === 0 && plan['Node Type'].includes('Seq Scan')
  return readsWhole ? [{ table: plan['Relation Name'], index: undefined }] : below
}
