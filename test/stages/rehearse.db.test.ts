import { beforeAll, describe, expect, it } from 'vitest'

import { aClient } from '../support/builders.ts'
import { aDecision } from '../support/billing.ts'
import { useDatabase } from '../support/database.ts'
import { judgeAll } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('rehearse', () => {
  let client: number
  let rule: number
  const rehearse = (...args: string[]) => run('stages/rehearse.ts', args, { DATABASE_URL: database.url })
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await rehearse('--json', '--from', '2026-09-01', '--to', '2026-09-15', ...args)
    expect(stderr).toBe('')
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  beforeAll(async () => {
    client = await aClient(database.db, { name: 'Harbour' })
    const [made] = await ask(
      `insert into rule (name, metric, threshold, within, close_after, enabled) values ('value', 'value', 5, '10 min', '0', false) returning id`,
    )
    rule = Number(made?.['id'])
    let call = 0
    // Each day more calls at noon, a minute apart: 1 on the first, 10 on the tenth.
    for (let day = 1; day <= 10; day++) {
      for (let nr = 0; nr < day; nr++)
        await aDecision(database.db, ++call, {
          ...{ client_id: client, total: '1.00', duration: 60 },
          calldate: new Date(Date.UTC(2026, 8, day, 12, nr)).toISOString(),
        })
    }
    // Priced again, it counts as what it is now.
    await aDecision(database.db, call, {
      client_id: client,
      nr: 2,
      total: '6.00',
      duration: 60,
      calldate: '2026-09-10T12:09:00Z',
    })
  })

  it('says which alerts a rule would have opened, what was at stake, and what a hold would have saved', async () => {
    const alerts = await json('--rule', String(rule))
    expect(alerts.map(({ opened_at }) => opened_at)).toEqual(
      ['06', '07', '08', '09', '10'].map((day) => `2026-09-${day}T12:06:00.000Z`),
    )
    expect(alerts.at(-1)).toEqual({
      ...{ rule, client_id: client, provider_id: null, source_id: null, country: null, currency: 'EUR' },
      ...{ opened_at: '2026-09-10T12:06:00.000Z', closed_at: '2026-09-10T12:20:00.000Z' },
      ...{ value: '15', at_stake: '15', saved: '9' },
    })
  })

  it('tries another threshold, and finds the one that gives so many alerts a week', async () => {
    expect(await json('--rule', String(rule), '--threshold', '8.5')).toHaveLength(2)
    const { stdout } = await rehearse(
      '--rule',
      String(rule),
      '--from',
      '2026-09-01',
      '--to',
      '2026-09-15',
      '--alerts-a-week',
      '1',
    )
    const [, threshold] = /At most 1 alerts a week: above ([\d.]+)/.exec(stdout) ?? []
    expect(Number(threshold)).toBeGreaterThanOrEqual(8)
    expect(Number(threshold)).toBeLessThan(9)
    expect(await json('--rule', String(rule), '--threshold', String(threshold))).toHaveLength(2)
  })

  it('says it in columns to people, and of all rules, enabled or not', async () => {
    const { code, stdout } = await rehearse('--rule', 'all', '--from', '2026-09-01', '--to', '2026-09-15')
    expect(code).toBe(0)
    expect(stdout).toContain(`2026-09-06 12:06  2026-09-06 12:11  ${rule} value`)
    expect(stdout).toContain('Satellites at night')
    expect(stdout).not.toContain('A process is silent')
  })

  it('finds what watch found', async () => {
    const minutes = (ago: number) => new Date(Date.now() - ago * 60_000).toISOString()
    for (let nr = 0; nr < 7; nr++)
      await aDecision(database.db, 1000 + nr, {
        client_id: client,
        total: '1.00',
        duration: 60,
        calldate: minutes(20 - nr),
      })
    await ask('update rule set enabled = true where id = $1', rule)
    for (let nr = 7; nr < 9; nr++)
      await aDecision(database.db, 1000 + nr, {
        client_id: client,
        total: '1.00',
        duration: 60,
        calldate: minutes(20 - nr),
      })
    await judgeAll(database.url)
    const watched = await ask(`select opened_at, closed_at is null as open, value::float8 from alert`)
    const [rehearsed] = await (async () => {
      const { stdout } = await rehearse('--rule', String(rule), '--from', minutes(30), '--json')
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    })()
    expect(watched).toMatchObject([{ value: Number(rehearsed?.['value']) }])
    expect((watched[0]?.['opened_at'] as Date).toISOString()).toBe(rehearsed?.['opened_at'])
  })

  it('refuses what it does not understand', async () => {
    for (const [args, sentence] of [
      [['--rule', '9999', '--from', '2026-09-01'], 'There is no rule 9999.'],
      [['--rule', 'some', '--from', '2026-09-01'], '--rule must be a whole number, not "some".'],
      [['--rule', '1'], '--from is missing.'],
      [['--rule', '1', '--from', '2026-09-01', '--to', '2026-08-01'], '--to must be later than --from.'],
      [
        ['--rule', 'all', '--from', '2026-09-01', '--threshold', '5'],
        '--threshold and --alerts-a-week are for one rule: --rule 7.',
      ],
    ] as const)
      expect(await rehearse(...args)).toMatchObject({ code: 1, stderr: `rehearse: ${sentence}\n` })
  })
})
