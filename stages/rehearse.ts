// rehearse: which alerts would a rule have opened? A program for people, not a stage; changes nothing.
//   npm run rehearse -- --rule 7 --from 2026-09-01 [--to 2026-10-01] [--threshold 20] [--alerts-a-week 3] [--json]
// --rule all is every rule, enabled or not. A past call is known at its end, as it was decided last; figures of the system (a silent stage,
// calls that wait) have no past.

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readInstant, readWhole } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { loadRules } from '../shared/watch/load.ts'
import { isStateMetric } from '../shared/rules/rule.ts'
import type { Rule } from '../shared/rules/rule.ts'
import { asJson, pastCalls, rehearse } from '../shared/watch/rehearse.ts'
import type { Rehearsed, Span } from '../shared/watch/rehearse.ts'
import { report, thresholdFor } from '../shared/watch/rehearsal-report.ts'

interface Asked extends Span {
  rule: number | null
  threshold: string | null
  alertsAWeek: number | null
  json: boolean
}

function readAsked(): Asked {
  const { values } = parseArgs({
    options: {
      rule: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      threshold: { type: 'string' },
      'alerts-a-week': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const { rule, threshold } = values
  if (threshold !== undefined && !/^-?\d{1,12}(\.\d{1,8})?$/.test(threshold))
    throw new Complaint(`--threshold must be a number, not "${threshold}".`)
  const aWeek = values['alerts-a-week']
  if (rule === 'all' && (threshold !== undefined || aWeek !== undefined))
    throw new Complaint('--threshold and --alerts-a-week are for one rule: --rule 7.')
  const asked = {
    rule: rule === 'all' ? null : readWhole('--rule', rule),
    from: readInstant('--from', values.from).getTime(),
    until: values.to === undefined ? Date.now() : readInstant('--to', values.to).getTime(),
    threshold: threshold ?? null,
    alertsAWeek: aWeek === undefined ? null : readWhole('--alerts-a-week', aWeek),
    json: values.json,
  }
  if (asked.from >= asked.until) throw new Complaint('--to must be later than --from.')
  return asked
}

async function rulesAsked(db: Database, { rule, threshold }: Asked) {
  const { rules, facts } = await loadRules(db, true)
  const chosen = rules
    .filter(({ id }) => rule === null || id === rule)
    .map((one): Rule => ({ ...one, ...(threshold !== null && { threshold, close_at: null }) }))
  const [first] = chosen
  if (!first) throw new Complaint(rule === null ? 'There are no rules.' : `There is no rule ${rule}.`)
  if (rule !== null && isStateMetric(first.metric))
    throw new Complaint(`Rule ${rule} is about ${first.metric}: that has no past to rehearse with.`)
  return { rules: chosen.filter(({ metric }) => !isStateMetric(metric)), facts }
}

runProgram(import.meta.url, 'rehearse', async (stop) => {
  const asked = readAsked()
  await withMigrated(readConfig(process.env).databaseUrl, 'rehearse', async (db) => {
    await db.query(
      "begin isolation level repeatable read read only; set local jit = off; set local work_mem = '128MB'",
    )
    const loaded = await rulesAsked(db, asked)
    const calls = (rules: readonly Rule[]): Promise<Rehearsed[]> =>
      rehearse({ ...loaded, rules }, asked, pastCalls(db, rules, asked), () => {
        if (stop.aborted) throw new Complaint('Stopped.')
      })
    const [first] = loaded.rules
    if (asked.alertsAWeek !== null && first) {
      const threshold = await thresholdFor(first, asked.alertsAWeek, asked, calls)
      process.stdout.write(threshold)
      return
    }
    const alerts = await calls(loaded.rules)
    process.stdout.write(
      asked.json
        ? alerts.map((alert) => `${JSON.stringify(asJson(alert))}\n`).join('')
        : report(alerts, loaded.rules, asked),
    )
  })
})
