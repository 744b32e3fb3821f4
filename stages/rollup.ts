// rollup: what do the decisions come to?
// Takes rows of unsummed, which each decision leaves, and adds what the decision says to call_sum and minute_calls: once, a moment later. Then books
// what clients with an account used (shared/accounts), in transactions of its own.
//   npm run rollup -- --verify    compares all sums with all decisions; ends with code 1 and the differences when there are some
//   npm run rollup -- --rebuild   makes them anew while the line runs

import { createBooking, isAllBooked } from '../shared/accounts/book.ts'
import { verifyAccounts } from '../shared/accounts/verify.ts'
import { checkMigrated } from '../shared/database/migrations.ts'
import { refuseSuperuser } from '../shared/database/superuser.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { createLatency } from '../shared/monitoring/latency.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { readConfig } from '../shared/program/config.ts'
import { createLog } from '../shared/program/log.ts'
import { runProgram } from '../shared/program/program.ts'
import { sumUp } from '../shared/sums/loop.ts'
import type { Summing } from '../shared/sums/loop.ts'
import { rebuildSums, verifySums } from '../shared/sums/verify.ts'
import { grouped } from '../shared/text/number.ts'
import { printableLines } from '../shared/text/printable.ts'
import { firstLook } from '../shared/worker/first-look.ts'

const lagQuery = `-- metrics: what is in no sum yet?
select name, '' as label, value from (select count(*) as decisions, min(id) as first from (select id from unsummed order by id limit 100000) behind) unsummed
cross join lateral (values
  ('unsummed_decisions', decisions::double precision),
  ('rollup_behind_seconds', coalesce((select extract(epoch from clock_timestamp() - made.decided_at) from unsummed oldest
    join rating_decision made using (call_id, nr) where oldest.id = first), 0)::double precision),
  ('unbooked_calls', (select count(*) from (select from unbooked limit 100000) behind)::double precision)) measured (name, value)`

/** Compares, or makes anew, and says what came of it. Throws a Complaint with the differences found. */
async function look(databaseUrl: string, rebuild: boolean): Promise<string> {
  return withMigrated(databaseUrl, 'rollup', async (db) => {
    if (rebuild)
      return `made anew: ${grouped(await rebuildSums(db))} sums were not what the decisions say, and are now`
    const { decisions, differences } = await verifySums(db)
    differences.push(...(await verifyAccounts(db)))
    if (differences.length > 0)
      throw new Complaint(
        [
          'The sums or balances are not what the decisions say:',
          ...differences,
          'npm run rollup -- --rebuild makes them anew.',
        ].join('\n  '),
      )
    return `all sums are what ${grouped(decisions)} decisions say`
  })
}

runProgram(import.meta.url, 'rollup', async (stop) => {
  const config = readConfig(process.env)
  const { databaseUrl } = config
  const given = process.argv.slice(2)
  const unknown = given.find((word) => !['--drain', '--verify', '--rebuild'].includes(word))
  if (unknown !== undefined)
    throw new Complaint(`${unknown} is no option: --drain, --verify and --rebuild are.`)
  if (given.includes('--verify') || given.includes('--rebuild')) {
    process.stdout.write(`${printableLines(await look(databaseUrl, given.includes('--rebuild')))}\n`)
    return
  }
  const log = createLog('rollup', config)
  const draining = given.includes('--drain')
  const looked = await firstLook({ databaseUrl, stage: 'rollup', log, stop, draining }, async (db) => {
    await checkMigrated(db)
    await refuseSuperuser(db, config.allowsSuperuser)
  })
  if (!looked) return
  const summing: Summing = {
    databaseUrl,
    draining,
    stop,
    log,
    presence: { stage: 'rollup', lanes: 1, calls: 0, latency: createLatency() },
    bites: 0,
    then: { work: createBooking(), isDone: isAllBooked },
  }
  serveMetrics({
    stage: 'rollup',
    config,
    counters: [
      ['summed_total', 'Decisions added to the sums.', () => summing.presence.calls],
      ['bites_total', 'Bites they were taken in.', () => summing.bites],
    ],
    measures: lagQuery,
    log,
    stop,
  })
  log.info({ draining }, 'stage started')
  await sumUp(summing)
  log.info({ decisions: summing.presence.calls }, 'stage stopped')
})
