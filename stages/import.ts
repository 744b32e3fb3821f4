// import: reads the records of exchanges and makes calls of them.
// Takes what the exchange writes (SOURCE says whose, CDR_URL where; or SOURCE_1 and CDR_URL_1, SOURCE_2 …), leaves 'new record'.
// A record that is no call stays in cdr, with the reason in cdr.rejected; a source that cannot be read shows in the view sources.
//   --drain: reads to the end of the source and ends.  --reconcile: counts the source into source_day and ends.
//   --from beginning, or --from "2026-11-21 08:00" as the source writes it: reads again what is there since then, also what is
//   marked as read, and ends; what is here already is not stored again.
//   --check: shows what the first records of the source would become, and writes nothing.

import { findSource } from '../shared/cdr/source.ts'
import type { Readable } from '../shared/cdr/source.ts'
import type { Database } from '../shared/database/connect.ts'
import { refuseSuperuser } from '../shared/database/superuser.ts'
import { withDatabase } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { sentenceFor } from '../shared/errors/sentence.ts'
import type { Importing } from '../shared/import/batch.ts'
import { checkSource } from '../shared/import/check-source.ts'
import { importRecords } from '../shared/import/import-loop.ts'
import { listen } from '../shared/import/listener.ts'
import { reconcile } from '../shared/import/reconcile.ts'
import { readAgain } from '../shared/import/reread.ts'
import { makeTurn, noteFailure } from '../shared/import/turn.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { readPlace } from '../shared/program/arguments.ts'
import { readImportConfig } from '../shared/program/config.ts'
import type { StageConfig } from '../shared/program/config.ts'
import { createLog } from '../shared/program/log.ts'
import type { Log } from '../shared/program/log.ts'
import { pause, stopped } from '../shared/program/pause.ts'
import { runProgram } from '../shared/program/program.ts'
import { firstLook } from '../shared/worker/first-look.ts'
import { openReader } from '../shared/sources/registry.ts'

const sourcesQuery = `-- metrics: are the sources read?
select measured.name, source.name as label, value
from source
join source_position on source_position.source_id = source.id
cross join lateral (values
  ('source_failing_seconds', coalesce(extract(epoch from clock_timestamp() - failing_since), 0)),
  ('source_silent_seconds', extract(epoch from clock_timestamp() - moved_at))) measured (name, value)
where enabled`

// After a failure nobody foresaw the source is begun anew.
const anewMs = 30_000

type Run = Omit<Importing, 'reader' | 'source' | 'log'> & { log: Log }

async function runImport(config: StageConfig, run: Run, sources: readonly Readable[]): Promise<void> {
  const { databaseUrl, draining, stop, log, presence } = run
  const ended = new AbortController()
  const listening = listen({
    ...{ databaseUrl, sources, presence, log },
    stop: AbortSignal.any([stop, ended.signal]),
  })
  const counters = [['records_total', 'Records kept.', () => presence.calls]] as const
  serveMetrics({ stage: 'import', config, counters, measures: sourcesQuery, log, stop })
  log.info({ draining }, 'stage started')
  const several = sources.length > 1
  const outcomes = await Promise.allSettled(sources.map((readable) => importFrom(run, readable, several)))
  ended.abort()
  await listening
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  log.info({ records: presence.calls }, 'stage stopped')
}

/** What happens to one of several sources must not end the reading of the others. */
async function importFrom(run: Run, { source, openReader }: Readable, several: boolean): Promise<void> {
  const log = run.log.child({ source: source.name })
  for (;;) {
    try {
      await importRecords({ ...run, source, log, reader: openReader() })
      return
    } catch (error) {
      if (!several) throw error
      if (run.draining) throw new Complaint(`${source.name}: ${sentenceFor(error)}`)
      log.error({ reason: sentenceFor(error) }, 'source is begun anew')
      await pause(anewMs, run.stop)
      if (stopped(run.stop)) return
    }
  }
}

/** A process for one source ends with a sentence when that cannot be read at the start; the view sources keeps it. */
async function open(databaseUrl: string, { source, openReader }: Readable): Promise<void> {
  const reader = openReader()
  try {
    await reader.open()
  } catch (error) {
    await withDatabase(databaseUrl, 'import count', async (db) => {
      await makeTurn(db, source.id)
      await noteFailure(db, source.id, sentenceFor(error))
    })
    throw error
  } finally {
    await reader.close()
  }
}

async function count(databaseUrl: string, { source, openReader }: Readable, log: Log): Promise<void> {
  const reader = openReader()
  try {
    await reader.open()
    const records = await withDatabase(databaseUrl, 'import count', (db) => reconcile(db, source, reader))
    if (records === undefined)
      throw new Complaint(`Another process is counting the source ${source.name} at this moment.`)
    log.info({ source: source.name, records }, 'source counted')
  } finally {
    await reader.close()
  }
}

async function beginAgain(db: Database, sources: readonly Readable[], place: string): Promise<void> {
  for (const { source } of sources) {
    await makeTurn(db, source.id)
    await readAgain(db, source.id, place)
  }
}

runProgram(import.meta.url, 'import', async (stop) => {
  const config = readImportConfig(process.env)
  const { databaseUrl } = config
  const log = createLog('import', config)
  // With an option it does its work and ends.
  const draining = process.argv.slice(2).some((argument) => argument.startsWith('--'))
  const looked = await firstLook({ databaseUrl, stage: 'import count', log, stop, draining }, async (db) => {
    await refuseSuperuser(db, config.allowsSuperuser)
    const found: Readable[] = []
    for (const { source: name, cdrUrl } of config.sources) {
      const source = await findSource(db, name)
      // Complains of what is not known before anything begins.
      openReader(cdrUrl, () => source.format)
      found.push({ source, openReader: () => openReader(cdrUrl, () => source.format) })
    }
    return found
  })
  if (!looked) return
  const sources = looked.found
  if (process.argv.includes('--check')) {
    for (const readable of sources)
      await checkSource(databaseUrl, readable, (text) => process.stdout.write(text))
  } else if (process.argv.includes('--reconcile')) {
    for (const readable of sources) await count(databaseUrl, readable, log)
  } else {
    const [only] = sources
    if (only && sources.length === 1) await open(databaseUrl, only)
    const fromAt = process.argv.indexOf('--from')
    if (fromAt > 0) {
      const place = readPlace('--from', process.argv[fromAt + 1])
      await withDatabase(databaseUrl, 'import count', (db) => beginAgain(db, sources, place))
    }
    const presence = { stage: 'import', lanes: 1, calls: 0 }
    await runImport(config, { databaseUrl, draining, stop, log, presence }, sources)
  }
})
