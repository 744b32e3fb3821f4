import { beforeAll, describe, expect, it } from 'vitest'

import { runLine } from '../../shared/line/line.ts'
import { tariff } from '../../stages/tariff.ts'
import { useDatabase } from '../support/database.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()

const config = () => ({ databaseUrl: database.stageUrl, lanes: 4, logLevel: 'silent' }) as const
const price = () => runLine(tariff, config(), new AbortController().signal, true)

beforeAll(async () => {
  await database.db.query(`
    insert into source (name, country, time_zone) values ('office', 'RU', 'Europe/Moscow');
    insert into tarifplan (name, currency, first_sec, step_sec, time_zone) values ('Standard', 'RUB', 1, 1, 'Europe/Moscow');
    insert into tarifplan (name, base) values ('Partner', 1);
    insert into tarif (tarifnum, code, price) values (1, '7', 0.6), (1, '7495', 1.2);
    insert into bundle (tarifnum, name, seconds) values (1, '10 minutes to Moscow', 600);
    insert into bundle_code values (1, '7495'), (1, '7499');
    insert into provider (name, channel) values ('Megafon', 'SIP/megafon')`)
})

/** Calls of client `client` to Moscow: [minute of March 2026 at which they were answered, billsec]. */
async function calls(client: number, ...answered: [number, number][]): Promise<void> {
  await database.db.query(
    `insert into client (id, name, tarif_id) values ($1, 'client', 2) on conflict do nothing`,
    [client],
  )
  for (const [minute, billsec] of answered) {
    await database.db.query(
      `insert into paidcalls (status, source_id, calldate, disposition, duration, billsec, client_id, provider_id, direction, number, kind)
       values ('destination defined', 1, timestamptz '2026-03-02 00:00+03' + $1 * interval '1 minute', 'ANSWERED', $2, $2, $3, 1, 'out', '74951234567', 'national')`,
      [minute, billsec, client],
    )
  }
}

async function shares(client: number): Promise<[number, string][]> {
  const { rows } = await database.db.query<{ free: number; total: string }>(
    `select (select free_sec from rating_decision where call_id = paidcalls.id order by nr desc limit 1) as free, trim_scale(total)::text as total
     from paidcalls where client_id = $1 order by calldate, id`,
    [client],
  )
  return rows.map(({ free, total }) => [free, total])
}

describe('a bundle', () => {
  it('pays for the first calls of a month, for part of one, and for none after that', async () => {
    await calls(1, [0, 400], [1, 300], [2, 60])
    await price()
    expect(await shares(1)).toEqual([
      [400, '0'],
      [200, '2'],
      [0, '1.2'],
    ])
  })

  it('gives a call that arrives late the seconds of those answered after it, and prices them again', async () => {
    await calls(2, [10, 500], [20, 100], [30, 100])
    await price()
    await calls(2, [0, 300])
    await price()
    expect(await shares(2)).toEqual([
      [300, '0'],
      [300, '4'],
      [0, '2'],
      [0, '2'],
    ])
    const { rows } = await database.db.query(
      `select reason from rating_decision join paidcalls on id = call_id where paidcalls.client_id = 2 and nr = 2 group by reason`,
    )
    expect(rows).toEqual([{ reason: 'included seconds were shared out anew' }])
  })

  it('begins anew each month, in the time zone of the plan', async () => {
    // April begins in Moscow 43,200 minutes after 2 March.
    await calls(3, [43_199, 600], [43_200, 600])
    await price()
    expect(await shares(3)).toEqual([
      [600, '0'],
      [600, '0'],
    ])
  })

  it('gives back what a call no longer takes', async () => {
    await calls(4, [0, 600], [1, 600])
    await price()
    await database.db.query(
      `update paidcalls set disposition = 'BUSY' where client_id = 4 and calldate = '2026-03-02 00:00+03'`,
    )
    await database.db.query(`select rerate(4, '-infinity', 'infinity', 'it was busy')`)
    await price()
    expect(await shares(4)).toEqual([
      [0, '0'],
      [600, '0'],
    ])
  })

  it('is shared out anew when it is made larger', async () => {
    await calls(5, [0, 600], [1, 600])
    await price()
    await database.db.query(`update bundle set seconds = 900`)
    await price()
    expect(await shares(5)).toEqual([
      [600, '0'],
      [300, '6'],
    ])
    await database.db.query(`update bundle set seconds = 600`)
    await price()
    expect((await shares(5))[1]).toEqual([0, '12'])
  })

  it('is not asked for by calls that cost nothing anyway', async () => {
    await calls(6, [0, 0])
    await price()
    const { rows } = await database.db.query(`select from bundle_take where client_id = 6`)
    expect(rows).toEqual([])
  })
})

describe('many calls in random order, priced by several processes', () => {
  it('take each second once, as if one process had priced them in the order they were answered', async () => {
    await database.db.query(`
      insert into client (id, name, tarif_id) select n, 'client ' || n, 2 from generate_series(100, 119) n;
      insert into paidcalls (status, source_id, calldate, disposition, duration, billsec, client_id, provider_id, direction, number, kind)
      select 'destination defined', 1, timestamptz '2026-03-01 00:00+03' + (n * 7919 % 100000) * interval '25 seconds', 'ANSWERED',
        n % 180, n % 180, 100 + n % 20, 1, 'out', case when n % 3 = 0 then '74951234567' else '79161234567' end, 'national'
      from generate_series(1, 5000) n`)
    const env = { DATABASE_URL: database.url, LOG_LEVEL: 'warn', LANES: '3' }
    const ended = await Promise.all([1, 2, 3, 4].map(() => run('stages/tariff.ts', ['--drain'], env)))
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(ended.map(({ stdout }) => stdout).join('')).toBe('')
    // The control shares no code with the stages: window functions over what was inserted.
    const { rows } = await database.db.query(`
      with needed as (
        select id, client_id, number, billsec, total, date_trunc('month', calldate at time zone 'Europe/Moscow') as month,
          sum(billsec) filter (where number like '7495%') over (
            partition by client_id, date_trunc('month', calldate at time zone 'Europe/Moscow')
            order by calldate, id rows between unbounded preceding and 1 preceding) as before
        from paidcalls where client_id >= 100
      ), control as (
        select *, case when number like '7495%' then least(billsec, greatest(0, 600 - coalesce(before, 0))) else 0 end as free from needed
      )
      select count(*)::integer as calls,
        count(*) filter (where total is distinct from round((billsec - free) * case when number like '7495%' then 1.2 else 0.6 end / 60, 4))::integer as wrong,
        (select count(*)::integer from (
          select from bundle_take where client_id >= 100 group by client_id, month having sum(takes) > 600) over_given) as over_given,
        sum(free)::integer - (select sum(takes)::integer from bundle_take where client_id >= 100) as difference
      from control`)
    expect(rows).toEqual([{ calls: 5_000, wrong: 0, over_given: 0, difference: 0 }])
  })
})
