import { beforeAll, describe, expect, it } from 'vitest'

import { runLine } from '../../shared/line/line.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { useDatabase } from '../support/database.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const program = (name: string, ...args: string[]) =>
  run(`stages/${name}.ts`, args, { DATABASE_URL: database.url, LOG_LEVEL: 'silent' })

async function drain(): Promise<void> {
  const config = { databaseUrl: database.stageUrl, lanes: 2, logLevel: 'silent' } as const
  const { signal } = new AbortController()
  await runLine(client, config, signal, true)
  await runLine(destination, config, signal, true)
  await runLine(tariff, config, signal, true)
}

beforeAll(async () => {
  await database.db.query(`
    insert into source (name, country, area_code) values ('moscow', 'RU', '495');
    insert into tarifplan (name, currency) values ('Standard', 'RUB');
    insert into tarifplan (name, base) values ('Partner', 1);
    insert into tarif (tarifnum, code, description, price, valid) values
      (1, '7495', 'Moscow', 1.5, '(,2026-01-01)'), (1, '7495', 'Moscow', 1.8, '[2026-01-01,)'), (2, '7495', 'Moscow', 1.2, '(,)');
    insert into client (name, tarif_id) values ('Acme', 1), ('Beta', 2);
    insert into callerid (client_id, callerid) values (1, '201'), (2, '202');
    insert into provider (name, channel, tarifnum) values ('Megafon', 'SIP/megafon', 2);
    insert into paidcalls (source_id, calldate, src, dst, channel, dstchannel, disposition, duration, billsec)
    select 1, timestamptz '2026-03-01 12:00Z' + n * interval '1 hour', case when n % 2 = 0 then '201' else '202' end, '84951112233',
      'SIP/x-00000001', 'SIP/megafon-00000002', 'ANSWERED', 70, 61
    from generate_series(1, 10) n`)
  await drain()
})

describe('a receipt', () => {
  it('tells line by line how the price of a call came about', async () => {
    const { rows } = await database.db.query<{ item: string; value: string; explanation: string | null }>(
      `select item, value, explanation from receipt(1)`,
    )
    const told = Object.fromEntries(rows.map(({ item, value, explanation }) => [item, [value, explanation]]))
    expect(told).toMatchObject({
      number: ['74951112233', 'national, RU'],
      plan: ['2', 'Partner, differences from plan 1'],
      codes: ['7495', expect.anything()],
      row: ['3', 'code 7495 of plan 2, Moscow'],
      'seconds charged': ['120', 'first 60, then steps of 60, anchored'],
      unrounded: ['2.4', null],
      total: ['2.4000 RUB', 'rounded half up to 4 decimals'],
      'under the root plan': ['3.6000', expect.stringContaining('saving 1.2000')],
      cost: ['2.4000 RUB', expect.stringContaining('margin 0.0000')],
    })
  })
})

describe('a quote', () => {
  it('prints the receipt a call would get, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await program(
      'quote',
      '--client',
      '1',
      '--number',
      '84951112233',
      '--source',
      'moscow',
      '--seconds',
      '61',
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^total +3\.6000 RUB +rounded half up to 4 decimals$/m)
    const { rows } = await database.db.query('select count(*)::integer as calls from paidcalls')
    expect(rows).toEqual([{ calls: 10 }])
  })

  it('prices as of then when the moment is in the past', async () => {
    const { stdout } = await program(
      'quote',
      '--client',
      '1',
      '--number',
      '74951112233',
      '--seconds',
      '60',
      '--at',
      '2025-06-01',
      '--json',
    )
    expect(JSON.parse(stdout)).toMatchObject({ total: '1.5000', code: '7495', tarifnum: 1 })
  })

  it.each([
    [
      ['--client', '1', '--number', '33142685300', '--seconds', '60'],
      /^quote: The call would wait: tariff 1 has no code for 33142685300 on /,
    ],
    [
      ['--client', '9', '--number', '33142685300', '--seconds', '60'],
      /^quote: There is no client 9: see the table client\.$/,
    ],
    [['--client', '1', '--seconds', '60'], /^quote: --number is missing/],
    [
      ['--client', '1', '--number', '7', '--seconds', 'many'],
      /^quote: --seconds must be a whole number, not "many"\.$/,
    ],
  ])('answers %j with one sentence and exit code 1', async (args, sentence) => {
    const { code, stdout, stderr } = await program('quote', ...args)
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      code: 1,
      stdout: '',
      lines: 1,
    })
    expect(stderr.trimEnd()).toMatch(sentence)
  })
})

describe('pricing again', () => {
  const thisYear = ['--since', '2026-01-01', '--until', '2027-01-01']

  it('shows what would change without changing anything', async () => {
    await database.db.query(`update tarif set price = 2 where price = 1.8`)
    const { stdout } = await program('rerate', ...thisYear, '--dry-run')
    expect(stdout).toMatch(/^Acme +Moscow +5 +5 +18\.0000 +20\.0000 +2\.0000 +RUB/m)
    expect(stdout).not.toMatch(/^Beta/m)
    const { rows } = await database.db.query(`select distinct total from paidcalls where client_id = 1`)
    expect(rows).toEqual([{ total: '3.6000' }])
  })

  it('adds a decision with its reason and leaves the old one as it was', async () => {
    await program('rerate', '--client', '1', ...thisYear, '--reason', 'the deck was late')
    await drain()
    const { rows } = await database.db.query(
      `select nr, reason, total, delta from rating_decision where call_id = 2 order by nr`,
    )
    expect(rows).toEqual([
      { nr: 1, reason: 'first rating', total: '3.6000', delta: '3.6000' },
      { nr: 2, reason: 'the deck was late', total: '4.0000', delta: '0.4000' },
    ])
  })

  it('keeps the sum of all deltas equal to the total, and changes nothing the second time', async () => {
    await program('rerate', ...thisYear, '--reason', 'again', '--from-status', 'new record')
    await drain()
    const { rows: again } = await database.db.query(`
      select sum(delta) filter (where reason = 'again') as change,
        bool_and((select sum(delta) from rating_decision made where made.call_id = paidcalls.id) = paidcalls.total) as sums_agree
      from paidcalls join rating_decision on call_id = paidcalls.id`)
    expect(again).toEqual([{ change: '0.0000', sums_agree: true }])
  })

  it('does not let what was decided be changed', async () => {
    await expect(database.db.query(`update rating_decision set total = 0`)).rejects.toThrow(
      'rating_decision only grows',
    )
    await expect(database.db.query(`delete from change_log`)).rejects.toThrow('change_log only grows')
  })

  it('wants a reason', async () => {
    await expect(database.db.query(`select rerate(1, now(), now(), ' ')`)).rejects.toThrow(
      'rerate wants a reason',
    )
  })
})

it('a complaint holds nothing that a terminal obeys, whatever was asked for', async () => {
  const { code, stderr } = await run(
    'stages/quote.ts',
    ['--client', '1', '--number', '33142685300', '--seconds', '60', '--source', 'a\u001b[2J\u202eb'],
    { DATABASE_URL: database.stageUrl },
  )
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'quote: There is no source a [2J b: see the table source.\n',
  })
})
