import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { diffPlans, exportDeck } from '../../shared/decks/export.ts'
import { loadDeck } from '../../shared/decks/load.ts'
import type { LoadOptions } from '../../shared/decks/load.ts'
import { rehearse } from '../../shared/decks/rehearsal.ts'
import { tariff } from '../../stages/tariff.ts'
import { aCall, aClient, aPlan, aPrefix, aProvider, aTarif, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { run, start } from '../support/processes.ts'

const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-deck-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let plan = 0
beforeEach(async () => {
  await empty(database.db)
  plan = await aPlan(database.db, { time_zone: 'Europe/Berlin' })
})

let files = 0
function aFile(text: string): string {
  const path = join(folder, `${++files}.csv`)
  writeFileSync(path, text)
  return path
}

/** Loads a deck as the program does, on a session of its own, and gives back what was said. */
async function load(text: string, from: string, options: Partial<LoadOptions> = {}): Promise<string> {
  const said: string[] = []
  const db = await connect(database.url, 'deck')
  const usual = {
    given: {},
    codeFollowsPrefix: false,
    raise: '20',
    strict: false,
    keepGone: false,
    dryRun: false,
  }
  try {
    await loadDeck(db, { ...usual, path: aFile(text), tarifnum: plan, from, ...options }, (line) =>
      said.push(line),
    )
  } finally {
    await disconnect(db)
  }
  return said.join('\n')
}

/** `7495 0.02 [2026-12-01,)`, days in the plan's zone. */
async function prices(tarifnum = plan): Promise<string[]> {
  const { rows } = await database.db.query<{ price: string }>(
    `select concat_ws(' ', code, price, '[' || to_char(lower(valid) at time zone 'Europe/Berlin', 'YYYY-MM-DD') || ',',
      to_char(upper(valid) at time zone 'Europe/Berlin', 'YYYY-MM-DD') || ')') as price
    from tarif where tarifnum = $1 order by code, valid`,
    [tarifnum],
  )
  return rows.map(({ price }) => price)
}

async function edits(): Promise<number> {
  const { rows } = await database.db.query<{ count: number }>(
    `select count(*) as count from change_log where table_name = 'tarif'`,
  )
  return rows[0]?.count ?? 0
}

const deck = 'code,price,name\n7495,0.02,Moscow\n7812,0.03,Petersburg\n44,0.01,UK\n'

describe('loading a deck', () => {
  it('opens its prices from that day on, by the clock of the plan', async () => {
    const said = await load(deck, '2026-12-01')
    expect(said).toContain(
      'from 2026-12-01 00:00 Europe/Berlin on: new 3, raised 0, lowered 0, unchanged 0, gone 0',
    )
    expect(await prices()).toEqual([
      '44 0.01 [2026-12-01,',
      '7495 0.02 [2026-12-01,',
      '7812 0.03 [2026-12-01,',
    ])
  })

  it('ends what changes and what is gone, so that history stays priced', async () => {
    await load(deck, '2026-12-01')
    const said = await load('code,price\n7495,0.05\n7812,0.025\n49,0.01\n', '2027-01-01')
    expect(said).toContain('new 1, raised 1, lowered 1, unchanged 0, gone 1')
    expect(said).toContain('7495  0.02 → 0.05  +150.0 %  Moscow')
    expect(await prices()).toEqual([
      '44 0.01 [2026-12-01, 2027-01-01)',
      '49 0.01 [2027-01-01,',
      '7495 0.02 [2026-12-01, 2027-01-01)',
      '7495 0.05 [2027-01-01,',
      '7812 0.03 [2026-12-01, 2027-01-01)',
      '7812 0.025 [2027-01-01,',
    ])
  })

  it('changes nothing when it is loaded again', async () => {
    await load(deck, '2026-12-01')
    await load('code,price\n7495,0.05\n', '2027-01-01')
    const before = [await prices(), await edits()]
    expect(await load('code,price\n7495,0.05\n', '2027-01-01')).toContain('nothing to change')
    expect(await load('code,price\n7495,0.0500\n', '2027-02-01')).toContain('nothing to change')
    expect([await prices(), await edits()]).toEqual(before)
  })

  it('replaces prices that begin at that very moment, and brings back what it took back', async () => {
    await load(deck, '2026-12-01')
    await load('code,price\n7495,0.05\n49,1\n', '2026-12-01')
    const valid = `select code, price, valid @> timestamptz '2026-12-02' as holds from tarif order by code`
    const { rows } = await database.db.query(valid)
    expect(rows).toEqual([
      { code: '44', price: '0.01', holds: false },
      { code: '49', price: '1', holds: true },
      { code: '7495', price: '0.05', holds: true },
      { code: '7812', price: '0.03', holds: false },
    ])
    await load(deck, '2026-12-01')
    expect(await load(deck, '2026-12-01')).toContain('nothing to change')
    expect((await database.db.query(valid)).rows).toEqual([
      { code: '44', price: '0.01', holds: true },
      { code: '49', price: '1', holds: false },
      { code: '7495', price: '0.02', holds: true },
      { code: '7812', price: '0.03', holds: true },
    ])
  })

  it('writes one row where one price changed', async () => {
    await load(deck, '2026-12-01')
    const before = await edits()
    await load(deck.replace('0.03', '0.031'), '2027-01-01')
    expect((await edits()) - before).toBe(2)
    expect((await prices()).filter((price) => price.includes('0.031'))).toEqual(['7812 0.031 [2027-01-01,'])
  })

  it('keeps what the file does not speak of: terms, names, steps', async () => {
    const tarif = await aTarif(database.db, {
      tarifnum: plan,
      code: '7495',
      description: 'Moscow',
      first_sec: 30,
      connect_fee: '0.1',
    })
    await database.db.query('insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 0.3)', [
      tarif,
    ])
    expect(await load('code,price\n7495,0.7\n', '2026-12-01')).toContain(
      '1 codes have other prices later in a call',
    )
    const { rows } = await database.db.query(
      `select description, first_sec, connect_fee, tarif.price, from_sec from tarif join tarif_step on tarif_id = id where upper_inf(valid)`,
    )
    expect(rows).toEqual([
      { description: 'Moscow', first_sec: 30, connect_fee: '0.1', price: '0.7', from_sec: 60 },
    ])
  })

  it('opens a row where fee or increments change, and renames in place', async () => {
    await load(deck, '2026-12-01')
    const said = await load(
      'code,price,name,connect fee,increments\n7495,0.02,Moscow,0.1,60/1\n7812,0.03,St. Petersburg,,\n44,0.01,UK,,\n',
      '2027-01-01',
    )
    expect(said).toContain('unchanged 1, gone 0')
    expect(said).toContain('other terms 1, renamed 1')
    const { rows } = await database.db.query(
      `select code, description, connect_fee, first_sec, step_sec from tarif where upper_inf(valid) order by code`,
    )
    expect(rows).toMatchObject([
      { code: '44', first_sec: null },
      { code: '7495', connect_fee: '0.1', first_sec: 60, step_sec: 1 },
      { code: '7812', description: 'St. Petersburg', connect_fee: '0' },
    ])
    expect(await prices()).toHaveLength(4)
  })

  it('leaves alone rows with hours, for a prefix or for incoming calls, and says so', async () => {
    const prefix_id = await aPrefix(database.db, '810', { e164: '' })
    for (const row of [{ days: [1] }, { prefix_id }, { direction: 'in' }]) {
      await aTarif(database.db, { tarifnum: plan, code: '7495', price: '9', ...row })
    }
    expect(await load(deck, '2026-12-01')).toContain(
      'left alone: rows 1 with days or hours, 1 for one prefix, 1 for incoming calls',
    )
    expect((await prices()).filter((price) => price === '7495 9')).toHaveLength(3)
  })

  it('lets prices of a later day stay, and holds until then', async () => {
    await load('code,price\n7495,0.05\n', '2027-01-01')
    const said = await load(deck, '2026-12-01')
    expect(said).toContain('1 codes have prices from a later day on (the first 2027-01-01): these stay')
    expect((await prices()).filter((price) => price.startsWith('7495'))).toEqual([
      '7495 0.02 [2026-12-01, 2027-01-01)',
      '7495 0.05 [2027-01-01,',
    ])
  })

  it('keeps codes that are not in the file when told so', async () => {
    await load(deck, '2026-12-01')
    const said = await load('code,price\n7495,0.02\n', '2027-01-01', { keepGone: true })
    expect(said).toContain('gone 0, not in the deck, kept 2')
    expect(await prices()).toHaveLength(3)
  })

  it('writes nothing in a dry run', async () => {
    expect(await load(deck, '2026-12-01', { dryRun: true })).toContain('new 3')
    expect([await prices(), await edits()]).toEqual([[], 0])
  })

  it('reads codes that follow a dialled prefix by table prefix', async () => {
    await aPrefix(database.db, '8', { digits: '[10,11)', e164: '7' })
    await aPrefix(database.db, '810', { e164: '' })
    const file = 'dial prefix,code,price\n8,495,1\n810,44,2\n'
    await load(file, '2026-12-01', { codeFollowsPrefix: true })
    expect(await prices()).toEqual(['44 2 [2026-12-01,', '7495 1 [2026-12-01,'])
    await expect(
      load('prefix,code,price\n9,1,1\n', '2026-12-01', { codeFollowsPrefix: true }),
    ).rejects.toThrow('line 2: prefix "9" has no row with an e164 in table prefix')
  })

  it('warns of raises and of prices below what a provider charges, and stops there only when strict', async () => {
    await load(deck, '2026-12-01')
    const provider = await aPlan(database.db)
    await aTarif(database.db, { tarifnum: provider, code: '74', price: '0.04' })
    await aTarif(database.db, { tarifnum: provider, code: '7812', price: '0.01' })
    await aProvider(database.db, { name: 'Megafon', tarifnum: provider })
    const dearer = 'code,price\n7495,0.03\n7812,0.033\n44,0.01\n'
    const said = await load(dearer, '2027-01-01', { dryRun: true })
    expect(said).toContain('line 2: code 7495 is raised from 0.02 to 0.03, over 20 %')
    expect(said).toContain('line 2: price 0.03 of code 7495 is below what Megafon charges, 0.04 (code 74)')
    expect(said).not.toContain('code 7812')
    await expect(load(dearer, '2027-01-01', { strict: true })).rejects.toThrow('--strict')
    expect(await prices()).toHaveLength(3)
  })

  it('names mistakes and codes that stand there twice, and writes nothing', async () => {
    const twice = `${deck}7495,0.02,again\n7812,0.04,again\n"44, 49",1,twice\nx,1,none\n`
    await expect(load(twice, '2026-12-01')).rejects.toThrow(
      [
        'has 4 mistakes, nothing is written:',
        'line 5: code 7495 stands in line 2 already at the same price',
        'line 6: code 7812 stands in line 3 already at another price, 0.03',
        'line 7: code 44 stands in line 4 already at another price, 0.01',
        'line 8: code "x" is no code',
      ].join('\n  '),
    )
    expect([await prices(), await edits()]).toEqual([[], 0])
  })

  it('shows the first twenty mistakes and how many more there are', async () => {
    const many = `code,price\n${'x,1\n'.repeat(2_000)}`
    await expect(load(many, '2026-12-01')).rejects.toThrow(/line 21: [^\n]*\n {2}… and 1,980 more$/)
  })

  it.each([
    ['2026-02-30', 'is no date'],
    ['tomorrow', 'is no date'],
  ])('wants a day that exists, not %s', async (from, sentence) => {
    await expect(load(deck, from)).rejects.toThrow(sentence)
  })

  it('takes turns with other loads of the plan, while stages go on reading it', async () => {
    const both = await Promise.all([load(deck, '2026-12-01'), load(deck, '2026-12-01')])
    expect(both.filter((said) => said.includes('nothing to change'))).toHaveLength(1)
    expect(await prices()).toHaveLength(3)
  })
})

describe('giving prices out', () => {
  it('gives a deck that changes nothing when it is loaded', async () => {
    await load(
      'code,price,name,connect fee,first,step,max charge\n*,9,"any, ""where""",,,,\n7495,0.0200,Moscow,0.1,30,6,5\n44,0,UK,,0,1,\n',
      '2026-12-01',
    )
    const [lines, said]: [string[], string[]] = [[], []]
    const write = (text: string): Promise<void> => Promise.resolve(void lines.push(text))
    await exportDeck(database.db, plan, '2026-12-01', write, (line) => said.push(line))
    expect(said[0]).toMatch(/^3 prices of plan/)
    const before = [await prices(), await edits()]
    const again = await load(lines.join(''), '2026-12-01')
    expect(again).toContain('unchanged 3, gone 0')
    expect(again).toContain('nothing to change')
    expect([await prices(), await edits()]).toEqual(before)
  })

  it('gives the differences of two plans, with what their bases say', async () => {
    const other = await aPlan(database.db, { base: plan })
    await load(deck, '2026-12-01')
    await aTarif(database.db, { tarifnum: other, code: '7495', price: '0.03', description: 'Moscow' })
    const lines: string[] = []
    const said: string[] = []
    const db = await connect(database.url, 'deck')
    try {
      const write = (text: string): Promise<void> => Promise.resolve(void lines.push(text))
      await diffPlans(db, [plan, other], '2026-12-02', write, (line) => said.push(line))
    } finally {
      await disconnect(db)
    }
    expect(lines.join('')).toBe(
      `code,difference,plan ${plan},plan ${other},description\n7495,raised,0.02,0.03,Moscow\n`,
    )
    expect(said.join()).toContain('raised 1, lowered 0, unchanged 2')
  })
})

describe('a rehearsal', () => {
  it('prices the calls of a time under the deck, per client, and leaves nothing', async () => {
    await load(deck, '2026-01-01')
    const client_id = await aClient(database.db, { name: 'Acme', tarif_id: plan })
    const provider_id = await aProvider(database.db)
    const priced = {
      status: 'tarif defined',
      client_id,
      provider_id,
      direction: 'out',
      number: '74951234567',
      kind: 'national',
      total: '0.0200',
      currency: 'EUR',
    } as const
    await aCall(database.db, { ...priced, calldate: '2026-11-02T12:00:00Z' })
    await aCall(database.db, { ...priced, calldate: '2026-11-03T12:00:00Z' })
    await aCall(database.db, {
      ...priced,
      calldate: '2026-11-03T12:00:00Z',
      number: '78121234567',
      total: '0.0300',
    })
    await aCall(database.db, { ...priced, calldate: '2026-10-31T12:00:00Z' })
    const before = [await prices(), await edits()]

    const said: string[] = []
    const db = await connect(database.url, 'deck')
    try {
      const path = aFile('code,price\n7495,0.05\n')
      const options = {
        path,
        given: {},
        codeFollowsPrefix: false,
        tarifnum: plan,
        callsSince: '2026-11-01',
        keepGone: false,
      }
      await rehearse(db, tariff, options, (line) => said.push(line))
      const { rows } = await db.query('select count(*) as count from tarif')
      expect(rows).toEqual([{ count: 3 }])
    } finally {
      await disconnect(db)
    }
    expect(said.join('\n')).toMatch(/Acme +3 +0\.0700 +0\.1000 +0\.0600 +EUR .* 1$/m)
    expect(said.at(-1)).toBe(
      '3 calls since 2026-11-01 00:00 Europe/Berlin were priced under the deck; nothing is changed',
    )
    expect([await prices(), await edits()]).toEqual(before)
  })
})

describe('the program', () => {
  const program = (...args: string[]) => run('stages/deck.ts', args, { DATABASE_URL: database.url })

  it('loads a file and gives it out again', async () => {
    const loaded = await program('load', aFile(deck), '--plan', String(plan), '--from', '2026-01-01')
    expect(loaded).toMatchObject({ code: 0, stderr: '' })
    expect(loaded.stdout).toContain('written: 3 codes')
    const given = await program('export', '--plan', String(plan))
    expect(given.stdout).toContain('7495,Moscow,0.02,0,,,\n')
    const diff = await program('diff', String(plan), String(plan))
    expect(diff).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^code,difference,[^\n]*\n$/) as string,
    })
  })

  it.each([
    ['without a word', [], 'Say what to do:'],
    [
      'a file that is not there',
      ['load', '/nowhere.csv', '--plan', 'PLAN', '--from', '2026-12-01'],
      'There is no file /nowhere.csv.',
    ],
    [
      'a plan that is not there',
      ['load', 'FILE', '--plan', '999999', '--from', '2026-12-01'],
      'There is no plan 999999',
    ],
    ['without a day', ['load', 'FILE', '--plan', 'PLAN'], 'From when on?'],
    ['an unknown option', ['load', 'FILE', '--price', '1'], "Unknown option '--price'"],
    [
      'a deck as it was found',
      [
        'load',
        fileURLToPath(new URL('../fixtures/decks/cdr_accounting_rates.csv', import.meta.url)),
        '--plan',
        'PLAN',
        '--from',
        '2026-12-01',
      ],
      /has 127 mistakes, nothing is written:\n {2}line \d+: .*\n(.*\n){19} {2}… and 107 more/,
    ],
  ])('ends with a sentence and code 1: %s', async (_, args, sentence) => {
    const path = aFile(deck)
    const ended = await program(
      ...args.map((arg) => (arg === 'PLAN' ? String(plan) : arg === 'FILE' ? path : arg)),
    )
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(sentence)
    expect(ended.stderr).not.toMatch(/^ +at /m)
    expect(await prices()).toEqual([])
  })

  it('writes nothing when it is stopped', async () => {
    await database.db.query(`select pg_advisory_lock(7281007, $1)`, [plan])
    try {
      const { child, output, ended } = start(
        'stages/deck.ts',
        ['load', aFile(deck), '--plan', String(plan), '--from', '2026-12-01'],
        { DATABASE_URL: database.url },
      )
      while (!output().includes('another deck is being loaded'))
        await new Promise((resolve) => setTimeout(resolve, 20))
      child.kill('SIGTERM')
      expect(await ended).toMatchObject({ code: 1, stderr: 'deck: stopped\n' })
    } finally {
      await database.db.query(`select pg_advisory_unlock(7281007, $1)`, [plan])
    }
    expect(await prices()).toEqual([])
  })
})

describe('a price list that comes every month', () => {
  const workbook = fileURLToPath(new URL('../fixtures/decks/workbooks/carrier.xlsx', import.meta.url))
  const deck = (...args: string[]) => run('stages/deck.ts', args, { DATABASE_URL: database.url })

  it('is read again as it was, by the name under which its columns are kept', async () => {
    plan = await aPlan(database.db, { currency: 'USD' })
    const to = ['--plan', String(plan), '--from', '2026-12-01']
    const first = aFile('Country Code;Area;Rate, cents;Quality\n44;20;1.2;Gold\n')
    const refused = await deck('load', first, ...to, '--code-column', 'Area', '--mapping', 'nobody')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(
      'There is no mapping nobody: none is saved. Save one with --save-mapping.',
    )
    const told = [
      '--code-column',
      'Area',
      '--country-code-column',
      'Country Code',
      '--price-column',
      'Rate, cents',
    ]
    const loaded = await deck(
      'load',
      first,
      ...to,
      ...told,
      '--ignore',
      'Quality',
      '--save-mapping',
      'carrier',
    )
    expect(loaded).toMatchObject({ code: 0, stderr: '' })
    expect(loaded.stdout).toContain('mapping carrier is saved')
    const next = aFile('Country Code;Area;Rate, cents;Quality\n44;20;1.5;Gold\n')
    expect(
      await deck('load', next, '--plan', String(plan), '--from', '2027-01-01', '--mapping', 'carrier'),
    ).toMatchObject({ code: 0 })
    expect(await prices(plan)).toEqual(['4420 0.012 [2026-12-01, 2027-01-01)', '4420 0.015 [2027-01-01,'])
    const kept = await deck('load', next, ...to, '--mapping', 'nobody')
    expect(kept.stderr).toContain('there are carrier')
    expect(
      await deck('load', next, ...to, ...told, '--ignore', 'Quality', '--save-mapping', '../x'),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('../x is no name for a mapping') as string,
    })
  })

  it('is read from a workbook, and into two plans where it has two prices', async () => {
    plan = await aPlan(database.db, { currency: 'USD' })
    const columns = [
      '--code-column',
      'Area Code',
      '--country-code-column',
      'Country Code',
      '--date-column',
      'Effective',
    ]
    const { code, stderr } = await deck(
      'load',
      workbook,
      '--plan',
      String(plan),
      '--from',
      '2026-12-01',
      ...columns,
    )
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 4: has no code') as string,
    })
    const sheet = aFile('NPA-NXX,State,Interstate Rate,Intrastate Rate\n201-555,NJ,0.002,0.009\n')
    const others = await aPlan(database.db, { currency: 'USD' })
    const american = ['--code-column', 'NPA-NXX', '--code-prefix', '1', '--from', '2026-12-01']
    for (const [into, taken, left] of [
      [plan, 'Interstate Rate', 'Intrastate Rate'],
      [others, 'Intrastate Rate', 'Interstate Rate'],
    ] as const)
      expect(
        await deck(
          'load',
          sheet,
          '--plan',
          String(into),
          ...american,
          '--price-column',
          taken,
          '--ignore',
          left,
        ),
      ).toMatchObject({ code: 0, stderr: '' })
    expect(await prices(plan)).toEqual(['1201555 0.002 [2026-12-01,'])
    expect(await prices(others)).toEqual(['1201555 0.009 [2026-12-01,'])
  })
})
