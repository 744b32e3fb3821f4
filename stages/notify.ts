// notify: who is told? Sends what stands in delivery, by mail and by webhook, until the other side takes it, for a day; and reports in the morning.
//   npm run notify -- --preview NAME [--weekly] > report.html   what a report to this recipient would say
//   npm run notify -- --test NAME                               sends one, and says what the other side answered

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { checkMigrated } from '../shared/database/migrations.ts'
import { refuseSuperuser } from '../shared/database/superuser.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { notify } from '../shared/notify/loop.ts'
import type { Notifying } from '../shared/notify/loop.ts'
import { previewOf, sendTest } from '../shared/notify/try-out.ts'
import { createLog } from '../shared/program/log.ts'
import { readNotifyConfig } from '../shared/program/notify-config.ts'
import type { NotifyConfig } from '../shared/program/notify-config.ts'
import { runProgram } from '../shared/program/program.ts'
import { firstLook } from '../shared/worker/first-look.ts'

const deliveriesQuery = `-- metrics: who is not told yet?
select 'waiting_deliveries' as name, '' as label, count(*)::double precision as value from delivery where sent_at is null and given_up_at is null and due_at <= clock_timestamp()
union all
select 'failing_deliveries', '', count(*)::double precision from delivery where sent_at is null and given_up_at is null and attempts > 1
union all
select 'given_up_deliveries', '', count(*)::double precision from delivery where given_up_at > now() - interval '1 day'`

function readAsked(): {
  draining: boolean
  preview: string | undefined
  weekly: boolean
  test: string | undefined
} {
  try {
    const { values } = parseArgs({
      options: {
        drain: { type: 'boolean', default: false },
        preview: { type: 'string' },
        weekly: { type: 'boolean', default: false },
        test: { type: 'string' },
      },
    })
    return { draining: values.drain, preview: values.preview, weekly: values.weekly, test: values.test }
  } catch {
    throw new Complaint('notify knows --drain, --preview NAME [--weekly] and --test NAME.')
  }
}

/** Asks as a person does: once, and says what came of it. */
async function tryOut(config: NotifyConfig, work: (db: Database) => Promise<string>): Promise<void> {
  await withMigrated(config.databaseUrl, 'notify', async (db) => {
    process.stdout.write(await work(db))
  })
}

runProgram(import.meta.url, 'notify', async (stop) => {
  const { draining, preview, weekly, test } = readAsked()
  const config = readNotifyConfig(process.env)
  if (preview !== undefined) {
    await tryOut(config, (db) => previewOf(db, preview, weekly))
    return
  }
  if (test !== undefined) {
    await tryOut(config, (db) => sendTest(db, test, config))
    return
  }
  const { databaseUrl } = config
  const log = createLog('notify', config)
  const looked = await firstLook({ databaseUrl, stage: 'notify', log, stop, draining }, async (db) => {
    await checkMigrated(db)
    await refuseSuperuser(db, config.allowsSuperuser)
  })
  if (!looked) return
  const notifying: Notifying = {
    ...{ config, draining, stop, log, sent: 0, failed: 0 },
    presence: { stage: 'notify', lanes: 1, calls: 0 },
  }
  serveMetrics({
    stage: 'notify',
    config,
    counters: [
      ['messages_sent_total', 'Messages the other side took.', () => notifying.sent],
      ['messages_failed_total', 'Tries it did not take.', () => notifying.failed],
    ],
    measures: deliveriesQuery,
    log,
    stop,
  })
  log.info({ draining }, 'stage started')
  await notify(notifying)
  log.info({ messages: notifying.sent }, 'stage stopped')
})
