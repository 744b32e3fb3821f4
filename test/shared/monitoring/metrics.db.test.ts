import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest'

import { freePort } from '../../../shared/embedded/port.ts'
import { aCall, aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { until } from '../../support/lines.ts'
import { asWeb } from '../../support/servers.ts'
import { start } from '../../support/processes.ts'
import type { Started } from '../../support/processes.ts'

const database = useDatabase()
const running: Started[] = []
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-metrics-'))

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.splice(0).map(({ ended }) => ended))
})

async function startStage(stage: string, env: Record<string, string>): Promise<Started> {
  const started = start(`stages/${stage}.ts`, [], { DATABASE_URL: database.url, ...env })
  running.push(started)
  await expect.poll(started.output).toContain('stage started')
  return started
}

// A stage says that it has started a moment before its port answers.
const metricsAt = async (port: number): Promise<string> =>
  (await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/metrics`), 20_000)).text()

/** The value of a metric; undefined when there is none. */
const valueOf = (metrics: string, name: string): number | undefined => {
  const line = metrics.split('\n').find((one) => one.startsWith(`${name}{`))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

describe('the metrics of a stage', () => {
  it('count its calls and say what waits', async () => {
    const port = await freePort()
    await aCall(database.db, { source_id: await aSource(database.db) })
    // The new source is no news to heal by.
    await database.db.query('delete from healing')
    await aCall(database.db, { status: 'destination defined' })
    await aCall(database.db, { problem: 'no such client' })
    await startStage('client', { METRICS_PORT: String(port) })
    await until(database.db, `select where (select count(*) from paidcalls where problem is not null) = 2`)
    const counts = async (): Promise<unknown[]> => {
      const served = await metricsAt(port)
      return ['claims', 'calls', 'calls_parked', 'connections'].map((of) =>
        valueOf(served, `paidcalls_${of}_total`),
      )
    }
    // A call is seen parked before its lane has counted it, and lanes connect one after another.
    await expect.poll(counts).toEqual([1, 1, 1, 4])
    const metrics = await metricsAt(port)
    expect(valueOf(metrics, 'paidcalls_database_up')).toBe(1)
    expect(metrics).toContain(`paidcalls_waiting_calls{status="new record",stage="client"} 0`)
    expect(metrics).toContain(`paidcalls_parked_calls{status="new record",stage="client"} 2`)
    expect(metrics).not.toContain('destination defined')
  })

  it('stand on a port of their own for each process, and one that is taken ends no stage', async () => {
    const port = await freePort(2)
    await startStage('client', { METRICS_PORT: String(port) })
    await startStage('client', { METRICS_PORT: String(port), NODE_APP_INSTANCE: '1' })
    expect(await metricsAt(port + 1)).toContain('paidcalls_claims_total')
    const third = await startStage('destination', { METRICS_PORT: String(port) })
    await expect.poll(third.output).toContain('metrics cannot be served: set METRICS_PORT to a free port')
    await until(database.db, `select from workers where stage = 'destination' and silent_since is null`)
  })

  it('are all that the alert rules ask for', async () => {
    await aSource(database.db, { name: 'metrics' })
    const file = join(folder, 'Master.csv')
    writeFileSync(file, '')
    const [client, schedule, rollup, imports, authorize, questions, watch, notify, web, pages] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(2),
      await freePort(),
      await freePort(),
      await freePort(),
    ]
    await Promise.all([
      startStage('client', { METRICS_PORT: String(client) }),
      startStage('schedule', { METRICS_PORT: String(schedule) }),
      startStage('rollup', { METRICS_PORT: String(rollup) }),
      startStage('authorize', {
        METRICS_PORT: String(authorize),
        AUTHORIZE_PORT: String(questions),
        AGI_PORT: String(questions + 1),
      }),
      startStage('watch', { METRICS_PORT: String(watch) }),
      startStage('notify', { METRICS_PORT: String(notify) }),
      startStage('web', {
        METRICS_PORT: String(web),
        WEB_PORT: String(pages),
        WEB_DATABASE_URL: asWeb(database.url, inject('serverUrl')),
      }),
      startStage('import', {
        METRICS_PORT: String(imports),
        SOURCE: 'metrics',
        CDR_URL: pathToFileURL(file).href.replace('file:', 'csv:'),
      }),
    ])
    await until(
      database.db,
      `select where (select count(*) from source_position) = 1 and (select count(*) from workers where stage in ('import', 'schedule', 'rollup', 'authorize', 'watch', 'notify', 'web')) = 7`,
    )
    const served = (
      await Promise.all([client, schedule, rollup, imports, authorize, watch, notify, web].map(metricsAt))
    ).join('\n')
    const rules = readFileSync(new URL('../../../docs/alerts.yml', import.meta.url), 'utf8')
    const asked = new Set([...rules.matchAll(/\b(paidcalls|nodejs|process)_\w+/g)].map(([name]) => name))
    expect(asked.size).toBeGreaterThan(5)
    expect([...asked].filter((name) => valueOf(served, name) === undefined)).toEqual([])
    const described = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
    const named = [...described.matchAll(/`(paidcalls_\w+)`/g)].map(([, name]) => name ?? '')
    expect(named.filter((name) => valueOf(served, name) === undefined)).toEqual([])
  })

  it('are not served unless asked for, and never on a port that is none', async () => {
    const { ended } = start('stages/client.ts', [], { DATABASE_URL: database.url, METRICS_PORT: 'many' })
    const { code, stderr } = await ended
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'client: Configuration: METRICS_PORT must be a port from 1 to 65535, not "many".\n',
    })
  })
})
