import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { aPlan, aTarif, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import { loadDeck } from '../../shared/decks/load.ts'
import { loadsOf, undoDeck } from '../../shared/decks/undo.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-undo-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let plan = 0
beforeEach(async () => {
  await empty(database.db)
  plan = await aPlan(database.db, { time_zone: 'UTC' })
})

const path = join(folder, 'list.csv')

async function load(text: string, from: string, keepGone = false): Promise<string> {
  writeFileSync(path, text)
  return said((db, say) =>
    loadDeck(
      db,
      {
        ...{ path, tarifnum: plan, from, keepGone, given: {}, codeFollowsPrefix: false, raise: '20' },
        ...{ strict: false, dryRun: false },
      },
      say,
    ),
  )
}

const undo = (dryRun = false): Promise<string> =>
  said((db, say) => undoDeck(db, { tarifnum: plan, dryRun }, say))

async function said(
  work: (db: Awaited<ReturnType<typeof connect>>, say: (line: string) => void) => Promise<void>,
): Promise<string> {
  const lines: string[] = []
  const db = await connect(database.url, 'deck')
  await work(db, (line) => lines.push(line)).finally(() => disconnect(db))
  return lines.join('\n')
}

const days = ['2026-11-15', '2026-12-01', '2026-12-10', '2027-01-01', '2027-03-01']

/** What each code costs on each of some days, with all its terms. */
async function costs(): Promise<unknown[]> {
  const { rows } = await database.db.query<{ costs: unknown[] }>(
    `select jsonb_agg(jsonb_build_array(day, code, trim_scale(price), connect_fee, first_sec, description,
      (select jsonb_agg(jsonb_build_array(from_sec, step.price) order by from_sec) from tarif_step step where tarif_id = tarif.id)) order by day, code) as costs
    from unnest($2::timestamptz[]) day join tarif on tarifnum = $1 and valid @> day`,
    [plan, days.map((day) => `${day} 12:00Z`)],
  )
  return rows[0]?.costs ?? []
}

describe('a list that was loaded', () => {
  it('is undone: its codes cost again what they did, from the same day on', async () => {
    await load('code,price\n7495,0.02\n7812,0.03\n', '2026-11-01')
    const before = await costs()
    await load('code,price,name\n7495,0.025,Moscow\n44,0.01,UK\n', '2026-12-01')
    const after = await costs()
    expect(await undo(true)).toMatch(
      /from 2026-12-01 00:00 UTC on: 3 codes cost what they did before list\.csv\nnothing is written: this is a dry run$/,
    )
    expect(await costs()).toEqual(after)
    expect(await undo()).toMatch(/undone: 3 codes$/)
    expect(await costs()).toEqual(before)
  })

  it('is the last of the plan, then the one before; then there is none', async () => {
    await load('code,price\n7495,0.02\n', '2026-11-01')
    await load('code,price\n7495,0.03\n', '2026-12-01')
    await undo()
    expect(await undo()).toMatch(/undone: 1 codes$/)
    expect(await costs()).toEqual([])
    await expect(undo()).rejects.toThrow(`No list was loaded into plan ${plan} that could be undone.`)
    const loads = await loadsOf(database.db, plan, 9)
    expect(loads).toMatchObject([
      { file: 'list.csv', codes: 1 },
      { file: 'list.csv', codes: 1 },
    ])
    expect(loads.map(({ from_at, undone_at }) => [from_at.slice(0, 10), undone_at !== null])).toEqual([
      ['2026-12-01', true],
      ['2026-11-01', true],
    ])
  })

  it('is not undone where its codes were edited since: they are named, and nothing is written', async () => {
    await load('code,price\n7495,0.02\n7812,0.03\n', '2026-11-01')
    await load('code,price\n7495,0.03\n7812,0.04\n', '2026-12-01')
    await database.db.query(`update tarif set price = 0.035 where code = '7495' and upper_inf(valid)`)
    const edited = await costs()
    await expect(undo()).rejects.toThrow(
      '1 codes of list.csv were edited since (7495): undo these edits first, or load the list of before.',
    )
    expect(await costs()).toEqual(edited)
  })

  it('leaves alone what others edited meanwhile', async () => {
    await load('code,price\n7495,0.02\n7812,0.03\n', '2026-11-01')
    await load('code,price\n7495,0.03\n', '2026-12-01', true)
    await database.db.query(`update tarif set price = 0.5 where code = '7812'`)
    await undo()
    expect((await costs()).filter((cost) => String(cost).includes('2027-01-01'))).toMatchObject([
      [expect.anything(), '7495', 0.02, 0, null, '', null],
      [expect.anything(), '7812', 0.5, 0, null, '', null],
    ])
  })

  it('brings back the other prices later in a call of a code that was gone', async () => {
    const tarif = await aTarif(database.db, { tarifnum: plan, code: '7495', price: '0.2' })
    await database.db.query('insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 0.3)', [
      tarif,
    ])
    const before = await costs()
    await load('code,price\n44,0.01\n', '2026-12-01')
    await undo()
    expect(await costs()).toEqual(before)
  })

  it('is no hindrance to a price that is taken back while a later one has no end', async () => {
    await load('code,price\n7495,0.02\n', '2026-12-01')
    await load('code,price\n7495,0.03\n', '2027-01-01')
    expect(await load('code,price\n44,0.01\n', '2026-12-01')).toMatch(/written: 2 codes$/)
    expect((await costs()).map((cost) => (cost as string[]).slice(0, 2).join(' '))).toEqual([
      expect.stringMatching(/^2026-12-01.* 44$/),
      expect.stringMatching(/^2026-12-10.* 44$/),
      expect.stringMatching(/^2027-01-01.* 44$/),
      expect.stringMatching(/^2027-01-01.* 7495$/),
      expect.stringMatching(/^2027-03-01.* 44$/),
      expect.stringMatching(/^2027-03-01.* 7495$/),
    ])
  })

  it('leaves no trace in what is charged, whatever was loaded from whenever', async () => {
    const list = fc.record({
      prices: fc.dictionary(fc.constantFrom('7', '7495', '44', '441'), fc.integer({ min: 1, max: 3 }), {
        minKeys: 1,
      }),
      from: fc.constantFrom('2026-12-01', '2026-12-05', '2027-01-01'),
      keepGone: fc.boolean(),
      fee: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(list, { minLength: 1, maxLength: 4 }), async (lists) => {
        plan = await aPlan(database.db, { time_zone: 'UTC' })
        const stood: unknown[][] = []
        for (const { prices, from, keepGone, fee } of lists) {
          const before = await costs()
          const lines = Object.entries(prices).map(
            ([code, price]) => `${code},0.0${price}${fee ? ',0.1' : ''}\n`,
          )
          const told = await load(`code,price${fee ? ',connect fee' : ''}\n${lines.join('')}`, from, keepGone)
          if (!told.endsWith('nothing to change')) stood.push(before)
        }
        for (const before of stood.reverse()) {
          await undo()
          expect(await costs()).toEqual(before)
        }
      }),
      { numRuns: 25 },
    )
  })
})

it('at the prompt says what it does, and one sentence where it cannot', async () => {
  await load('code,price\n7495,0.02\n', '2026-11-01')
  const env = { DATABASE_URL: database.url }
  expect(await run('stages/deck.ts', ['undo', '--plan', String(plan)], env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/before list\.csv\nundone: 1 codes\n$/) as string,
  })
  expect(await run('stages/deck.ts', ['undo', '--plan', String(plan)], env)).toMatchObject({
    code: 1,
    stderr: `deck: No list was loaded into plan ${plan} that could be undone.\n`,
  })
})
