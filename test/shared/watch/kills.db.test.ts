import { describe, expect, it } from 'vitest'

import { createDice } from '../../../demo/dice.ts'
import { aDecision } from '../../support/billing.ts'
import { aClient } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { run, start } from '../../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

// The most any ten minutes came to, of each client: over the calls themselves, as they were decided last.
const plainly = `
with call as (
  select distinct on (call_id) client_id, total, date_trunc('minute', calldate + duration * interval '1 second') as minute
  from rating_decision order by call_id, nr desc
), windows as (
  select client_id, (
    select sum(total) from call where call.client_id = ending.client_id and call.minute > ending.minute - interval '10 minutes' and call.minute <= ending.minute
  ) as worth
  from (select distinct client_id, minute from call) ending
)
select client_id, trim_scale(max(worth))::text as value from windows group by client_id having max(worth) > 20 order by client_id`

describe('watch beside the line', () => {
  it(
    'finds what plain SQL finds, once, however calls come and whoever is killed: late, priced again, by two processes',
    { timeout: 120_000 },
    async () => {
      const seed = Number(process.env['SEED'] ?? 1)
      const dice = createDice(seed)
      const clients: number[] = []
      for (let nr = 0; nr < 12; nr++) clients.push(await aClient(database.db))
      await ask(
        `insert into rule (name, metric, within, threshold, close_after) values ('value', 'value', '10 min', 20, '1 day')`,
      )
      const began = Date.now()
      const programs = ['watch', 'watch', 'rollup']
      const launch = () =>
        programs.map((program) => start(`stages/${program}.ts`, [], { DATABASE_URL: database.url }))
      let running = launch()
      for (let call = 1; call <= 600; call++) {
        const client_id = dice.pick(clients)
        // Of the last fifty minutes, most of them of the last two.
        const calldate = new Date(
          began - dice.between(61, dice.percent(70) ? 180 : 3_000) * 1000,
        ).toISOString()
        const cents = dice.between(1, 300)
        const decided = { client_id, calldate, duration: 60 }
        await aDecision(database.db, call, { ...decided, total: (cents / 100).toFixed(2) })
        if (dice.percent(15))
          await aDecision(database.db, call, { ...decided, nr: 2, total: ((cents + 50) / 100).toFixed(2) })
        if (call % 50 === 0) await ask(`update rule set note = $1`, String(call))
        if (call % 120 === 0) {
          await expect
            .poll(() => running.map(({ output }) => output()).join(), { timeout: 20_000 })
            .toContain('stage started')
          for (const { child } of running) if (dice.percent(70)) child.kill('SIGKILL')
          await new Promise((resolve) => setTimeout(resolve, dice.between(0, 1_500)))
          for (const { child } of running) child.kill('SIGKILL')
          await Promise.all(running.map(({ ended }) => ended))
          running = launch()
        }
      }
      for (const { child } of running) child.kill('SIGKILL')
      await Promise.all(running.map(({ ended }) => ended))
      for (const program of ['rollup', 'watch'])
        expect(await run(`stages/${program}.ts`, ['--drain'], { DATABASE_URL: database.url })).toMatchObject({
          code: 0,
        })
      const found = await ask(
        'select client_id, trim_scale(value)::text as value from alert order by client_id',
      )
      expect(found.length).toBeGreaterThan(5)
      expect(found).toEqual(await ask(plainly))
      expect(await ask('select from unwatched')).toEqual([])
    },
  )
})
