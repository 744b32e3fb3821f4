// watch: is something going wrong? Judges by the rules what is summed, what is going on and what waits, opens and closes alerts, and holds
// clients where a rule says so. One process judges; others stand by.

import { checkMigrated } from '../shared/database/migrations.ts'
import { refuseSuperuser } from '../shared/database/superuser.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { readConfig } from '../shared/program/config.ts'
import { createLog } from '../shared/program/log.ts'
import { runProgram } from '../shared/program/program.ts'
import { watch } from '../shared/watch/loop.ts'
import type { Watching } from '../shared/watch/loop.ts'
import { firstLook } from '../shared/worker/first-look.ts'
import { destination } from './destination.ts'
import type { Facts } from './destination.ts'

const alertsQuery = `-- metrics: what is wrong?
select 'unwatched_calls' as name, '' as label, count(*)::double precision as value from (select from unwatched limit 100000) behind
union all
select 'open_alerts', severity, count(*) filter (where closed_at is null)::double precision from (values ('info'), ('warning'), ('critical')) known (severity)
  left join alert using (severity) where alert.closed_at is null group by severity
union all
select 'watch_behind_seconds', '', coalesce(extract(epoch from clock_timestamp() - seen_at), 0)::double precision from watch_turn where seen_at > '-infinity'`

runProgram(import.meta.url, 'watch', async (stop) => {
  const config = readConfig(process.env)
  const { databaseUrl } = config
  const unknown = process.argv.slice(2).find((word) => word !== '--drain')
  if (unknown !== undefined) throw new Complaint(`${unknown} is no option: --drain is.`)
  const draining = process.argv.includes('--drain')
  const log = createLog('watch', config)
  const looked = await firstLook({ databaseUrl, stage: 'watch', log, stop, draining }, async (db) => {
    await checkMigrated(db)
    await refuseSuperuser(db, config.allowsSuperuser)
  })
  if (!looked) return
  const watching: Watching<Facts> = {
    ...{ databaseUrl, draining, stop, log, destination },
    presence: { stage: 'watch', lanes: 1, calls: 0 },
    found: 0,
  }
  serveMetrics({
    stage: 'watch',
    config,
    counters: [
      ['judged_total', 'Calls judged by the rules.', () => watching.presence.calls],
      ['findings_total', 'Alerts opened, updated and closed.', () => watching.found],
    ],
    measures: alertsQuery,
    log,
    stop,
  })
  log.info({ draining }, 'stage started')
  await watch(watching)
  log.info({ calls: watching.presence.calls }, 'stage stopped')
})
