// web: pages for all who do not live in psql. Who is logged in asks the database in his own role.
//   npm run web -- --password anna    sets a new password and prints it; who is not there becomes an administrator
//   npm run web -- --key shop --role reader --scopes read,calls [--days 365] [--source office]    makes a key of the API and prints it, once
//   npm run web -- --revoke shop      ends it

import { parseArgs } from 'node:util'

import { keyOptions, manageKeys } from '../shared/api/command.ts'
import type { KeyWords } from '../shared/api/command.ts'
import { createKeys } from '../shared/api/keys.ts'
import { createOperations } from '../shared/api/resources/all.ts'
import { createApi } from '../shared/api/routes.ts'
import type { Database } from '../shared/database/connect.ts'
import { checkMigrated } from '../shared/database/migrations.ts'
import { refuseSuperuser } from '../shared/database/superuser.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { sentenceFor } from '../shared/errors/sentence.ts'
import { createLatency } from '../shared/monitoring/latency.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { createMailer } from '../shared/notify/mail.ts'
import { siteOf } from '../shared/pages/site.ts'
import { createLog } from '../shared/program/log.ts'
import { runProgram } from '../shared/program/program.ts'
import { readWebConfig } from '../shared/program/web-config.ts'
import { createKeptFiles } from '../shared/web/kept-files.ts'
import { createPeople } from '../shared/web/people.ts'
import { createServer } from '../shared/web/server.ts'
import { firstLook } from '../shared/worker/first-look.ts'
import { keepPresence } from '../shared/worker/presence.ts'
import { client } from './client.ts'
import { destination } from './destination.ts'
import { tariff } from './tariff.ts'

const connections = 8
const sessionsQuery = `-- metrics: who looks?
select 'web_sessions' as name, '' as label, count(*)::double precision as value from web_session where seen_at > now() - interval '5 minutes'`

/** The pages act in the roles of those who are logged in; a login that may not is said at the start, and not at the first page. */
async function refuseStranger(db: Database): Promise<void> {
  const { rows } = await db.query<{ login: string; member: boolean }>(
    `-- web: may it act as others?\nselect session_user as login, pg_has_role(session_user, 'paidcalls_web', 'member') as member`,
  )
  if (rows[0]?.member !== true)
    throw new Complaint(
      `The login ${rows[0]?.login ?? ''} is no member of paidcalls_web: create role web login password '…' in role paidcalls_web, and set WEB_DATABASE_URL to it.`,
    )
}

function wordsGiven(): KeyWords & { password?: string } {
  try {
    return parseArgs({ options: { password: { type: 'string' }, ...keyOptions } }).values
  } catch {
    throw new Complaint(
      'web knows --password NAME, --key NAME [--role …] [--scopes …] [--source …] [--days …], and --revoke NAME.',
    )
  }
}

runProgram(import.meta.url, 'web', async (stop) => {
  const { password: name, ...words } = wordsGiven()
  const config = readWebConfig(process.env)
  const { databaseUrl, host, port } = config
  const said = await manageKeys(databaseUrl, words)
  if (said !== null) {
    process.stdout.write(said)
    return
  }
  const log = createLog('web', config)
  const { portalUrl, replicaUrl } = config
  const say = (reason: string | null): void => {
    if (reason === null) log.info('the replica is asked again')
    else log.warn({ reason }, 'the replica is not asked')
  }
  const people = createPeople({ databaseUrl, portalUrl, replicaUrl, say }, connections)
  if (name !== undefined) {
    process.stdout.write(`The new password of ${name} is ${await people.setPassword(name)}\n`)
    await people.close()
    return
  }
  const looked = await firstLook({ databaseUrl, stage: 'web', log, stop, draining: false }, async (db) => {
    await checkMigrated(db)
    await refuseSuperuser(db, config.allowsSuperuser)
    await refuseStranger(db)
  })
  if (!looked) return
  let shown = 0
  const files = createKeptFiles()
  const mailer = config.smtpUrl === null ? undefined : createMailer(config.smtpUrl, config.mailFrom)
  const server = await createServer({
    people,
    ...siteOf({ people, files, mailer, folder: config.exchangesFolder }, { client, destination, tariff }),
    forgotten: mailer && config.url !== null ? { mailer, url: config.url } : undefined,
    log,
    proxies: config.proxies,
    hasReplica: replicaUrl !== undefined,
  })
  server.addHook('onResponse', (_request, _reply, done) => {
    shown++
    done()
  })
  const keys = createKeys(databaseUrl)
  // Of their own, so that programs keep no page waiting.
  const programs = createPeople({ databaseUrl }, connections)
  const operations = createOperations({ destination, tariff })
  const api = createApi({ people: programs, keys, operations, ratePerMinute: config.ratePerMinute, log })
  await server.register(api.routes, { prefix: '/api/v1' })
  serveMetrics({
    stage: 'web',
    config,
    counters: [
      ['pages_total', 'Pages and files handed out.', () => shown - api.requests()],
      ['web_api_requests_total', 'Requests of programs.', api.requests],
      ['web_api_failures_total', 'Of these, those that failed by no fault of who asked.', api.failures],
    ],
    measures: sessionsQuery,
    log,
    stop,
  })
  try {
    await server.listen({ host, port })
  } catch (error) {
    throw new Complaint(`${host}:${port} must be free: ${sentenceFor(error)}`)
  }
  log.info({ host, port }, 'stage started')
  await keepPresence({ config, stage: 'web', log, stop, calls: () => shown, latency: createLatency() })
  await server.close()
  await files.close()
  mailer?.close()
  await Promise.all([people.close(), programs.close(), keys.close()])
  log.info({ pages: shown }, 'stage stopped')
})
