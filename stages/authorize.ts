// authorize: may this call be made, and for how long?
// Exchanges ask over HTTP (AUTHORIZE_PORT) or FastAGI (AGI_PORT) before they dial. The answer is made by the stages' own decisions on a call that
// has not been made, and money is held for it until its record is priced (docs/authorize.md).

import { createAsk } from '../shared/accounts/ask.ts'
import { createAgi } from '../shared/authorize/agi.ts'
import { createAnswering } from '../shared/authorize/answer.ts'
import { createConnections } from '../shared/authorize/connections.ts'
import { createHttp } from '../shared/authorize/http.ts'
import { keepPresence } from '../shared/worker/presence.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { sentenceFor } from '../shared/errors/sentence.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { readAuthorizeConfig } from '../shared/program/authorize-config.ts'
import { createLog } from '../shared/program/log.ts'
import { runProgram } from '../shared/program/program.ts'
import { client } from './client.ts'
import { destination } from './destination.ts'
import { tariff } from './tariff.ts'

const heldQuery = `-- metrics: what is held?
select 'open_reservations' as name, '' as label, count(*)::double precision as value from reservation where settled_at is null
union all
select 'oldest_reservation_seconds', '', coalesce(extract(epoch from clock_timestamp() - min(ends_at)), 0)::double precision from reservation where settled_at is null
union all
select 'held_accounts', '', count(*)::double precision from account where hold is not null`

runProgram(import.meta.url, 'authorize', async (stop) => {
  const config = readAuthorizeConfig(process.env)
  const { databaseUrl, host, port, agiPort, lanes } = config
  const log = createLog('authorize', config)
  const connections = createConnections(databaseUrl, Math.max(lanes, 4), config.answerMs)
  const ask = createAsk({ client, destination, tariff })
  const answering = createAnswering(connections, ask, config, log, stop)
  const http = createHttp(answering, config.token)
  const agi = createAgi({ answering, from: config.agiFrom, log })
  const { counts } = answering
  serveMetrics({
    stage: 'authorize',
    config,
    counters: [
      ['questions_total', 'Questions of exchanges.', () => counts.asked],
      ['questions_allowed_total', 'Of these allowed.', () => counts.allowed],
      ['questions_refused_total', 'Of these refused.', () => counts.refused],
      [
        'questions_failed_total',
        'Of these answered by ON_FAILURE: the database was away or too slow.',
        () => counts.failed,
      ],
      [
        'strangers_total',
        'Connections to the AGI port from networks that may not ask.',
        () => counts.strangers,
      ],
    ],
    measures: heldQuery,
    log,
    stop,
  })
  try {
    await http.listen({ host, port })
    await new Promise<void>((resolve, reject) => {
      agi.once('error', reject)
      agi.listen(agiPort, isOnLoopbackOnly(config.agiFrom) ? '127.0.0.1' : '0.0.0.0', resolve)
    })
  } catch (error) {
    throw new Complaint(`${host}:${port} and port ${agiPort} for FastAGI must be free: ${sentenceFor(error)}`)
  }
  log.info({ host, port, agiPort }, 'stage started')
  await keepPresence({
    config,
    stage: 'authorize',
    log,
    stop,
    calls: () => counts.asked,
    latency: answering.latency,
  })
  agi.close()
  await http.close()
  await connections.close()
  log.info({ questions: counts.asked }, 'stage stopped')
})

function isOnLoopbackOnly(networks: readonly { address: string }[]): boolean {
  return networks.every(({ address }) => address === '::1' || address.startsWith('127.'))
}
