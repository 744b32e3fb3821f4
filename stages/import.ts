// import: reads the records of one exchange and makes calls of them.
// Takes what the exchange writes (SOURCE says whose, CDR_URL where), leaves 'new record'. A record that is no call
// stays in cdr, with the reason in cdr.rejected; a source that cannot be read shows in source_position.failure.
//   --drain: reads to the end of the source and ends.  --reconcile: counts the source into source_day and ends.

import { Complaint, readImportConfig } from '../shared/config.ts'
import type { ImportConfig } from '../shared/config.ts'
import { connect, disconnect } from '../shared/database.ts'
import { findSource, importRecords } from '../shared/importing.ts'
import type { Source } from '../shared/importing.ts'
import { createLog } from '../shared/log.ts'
import { runProgram } from '../shared/program.ts'
import { attend, reconcile } from '../shared/reconciling.ts'
import type { Reader } from '../shared/sources/reader.ts'
import { openReader } from '../shared/sources/registry.ts'

async function runImport(
  config: ImportConfig,
  source: Source,
  reader: Reader,
  stop: AbortSignal,
): Promise<void> {
  const log = createLog('import', config.logLevel).child({ source: source.name })
  const presence = { stage: 'import', lanes: 1, calls: 0 }
  const draining = process.argv.includes('--drain')
  const { databaseUrl } = config
  const ended = new AbortController()
  const attending = attend({
    databaseUrl,
    source,
    openReader: () => openReader(config.cdrUrl, () => source.format),
    presence,
    log,
    stop: AbortSignal.any([stop, ended.signal]),
  })
  log.info({ draining }, 'stage started')
  try {
    await importRecords({ databaseUrl, source, reader, draining, stop, log, presence })
  } finally {
    ended.abort()
    await attending
  }
  log.info({ records: presence.calls }, 'stage stopped')
}

async function runReconcile(config: ImportConfig, source: Source, reader: Reader): Promise<void> {
  const log = createLog('import', config.logLevel).child({ source: source.name })
  const db = await connect(config.databaseUrl, 'import count')
  try {
    const records = await reconcile(db, source, reader)
    if (records === undefined)
      throw new Complaint(`Another process is counting the source ${source.name} at this moment.`)
    log.info({ records }, 'source counted')
  } finally {
    await disconnect(db)
    await reader.close()
  }
}

runProgram(import.meta.url, 'import', async (stop) => {
  const config = readImportConfig(process.env)
  const db = await connect(config.databaseUrl, 'import')
  const source = await findSource(db, config.source).finally(() => disconnect(db))
  const reader = openReader(config.cdrUrl, () => source.format)
  await reader.open()
  if (process.argv.includes('--reconcile')) await runReconcile(config, source, reader)
  else await runImport(config, source, reader, stop)
})
