// What a stage process tells Prometheus, on METRICS_PORT of this host: its own counters as they are, and what its stage waits for,
// asked of the database when somebody looks.

import { createServer } from 'node:http'

import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

import { keepConnection } from '../database/kept-connection.ts'
import { sentenceFor } from '../errors/sentence.ts'
import type { StageConfig } from '../program/config.ts'
import type { Log } from '../program/log.ts'
import { gauges } from './gauges.ts'
import type { Measured } from './gauges.ts'

// However often somebody looks, the database is asked no more often than this.
const askMs = 5_000

export interface Metrics {
  stage: string
  config: StageConfig
  /** Name without `paidcalls_`, what it counts, and the count. */
  counters: readonly (readonly [name: string, help: string, count: () => number])[]
  /** A query whose rows are Measured. */
  measures: string
  log: Log
  stop: AbortSignal
}

/** Serves the metrics of this process when METRICS_PORT is set. A port that is taken is named in the log, and the stage goes on. */
export function serveMetrics(metrics: Metrics): void {
  const { config, log, stop } = metrics
  if (!config.metrics) return
  const { host, port } = config.metrics
  const registry = createRegistry(metrics)
  const server = createServer((request, response) => {
    const asked = request.method === 'GET' && request.url?.split('?')[0] === '/metrics'
    if (!asked) {
      response.writeHead(404).end('There is /metrics here.\n')
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${sentenceFor(error)}\n`),
    )
  })
  server.on('error', (error) => {
    log.error(
      { host, port, reason: sentenceFor(error) },
      'metrics cannot be served: set METRICS_PORT to a free port',
    )
  })
  server.listen(port, host)
  server.unref()
  stop.addEventListener('abort', () => server.close())
}

function createRegistry({ stage, config, counters, measures }: Metrics): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ stage })
  collectDefaultMetrics({ register: registry })
  for (const [name, help, count] of counters) {
    new Counter({
      name: `paidcalls_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(count())
      },
    })
  }
  const kept = keepConnection(config.databaseUrl, `${stage} metrics`)
  let measured: Promise<Measured[] | undefined> | undefined
  let askedAt = -askMs
  const measure = (): Promise<Measured[] | undefined> => {
    if (measured && performance.now() - askedAt < askMs) return measured
    askedAt = performance.now()
    // Rows of the measures are what the type says.
    measured = kept.executeSql(measures, []).then(
      ({ rows }) => rows as Measured[],
      () => undefined,
    )
    return measured
  }
  for (const [name, { help, label }] of Object.entries(gauges)) {
    new Gauge({
      name: `paidcalls_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
      async collect() {
        const rows = await measure()
        this.reset()
        if (name === 'database_up') this.set(rows ? 1 : 0)
        for (const row of rows ?? []) {
          if (row.name === name && row.value !== null)
            this.set(label === undefined ? {} : { [label]: row.label }, Number(row.value))
        }
      },
    })
  }
  return registry
}
