import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startApi } from '../../support/api.ts'
import type { AskedApi } from '../../support/api.ts'
import { aCall, anOffice } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages } from '../../support/lines.ts'

const database = useDatabase()
const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const path = `${root}docs/api.md`
const text = readFileSync(path, 'utf8')
const examples = [...text.matchAll(/```sh\n(.*?)```\n\n```json\n(.*?)```/gs)].map(
  ([, command = '', answer = '']) => ({ command, answer }),
)

/** Of moments that pass only the shape. */
const still = (json: string): string =>
  json
    .replace(/"((?:paid|noted|decided|priced|imported)_at": ?)"[^"]+"/g, '"$1""')
    .replace(/(decided )[^"]+/g, '$1')

describe('docs/api.md', () => {
  let api: AskedApi
  let env: NodeJS.ProcessEnv = {}
  const answers: string[] = []
  beforeAll(async () => {
    const { db } = database
    const office = await anOffice(db)
    await db.query(
      `update source set name = 'office'; update client set name = 'Acme'; update tarifplan set name = 'Business'; update tarif set description = 'Moscow'`,
    )
    await db.query(`insert into account (client_id, currency) values ($1, 'EUR')`, [office.client_id])
    await aCall(db, { source_id: office.source_id, uniqueid: '1772452800.1' })
    await drainStages(database.url)
    api = await startApi(database.url)
    const scopes = ['read', 'calls', 'prices', 'money', 'alerts', 'pay', 'push']
    env = {
      ...process.env,
      API: api.base,
      KEY: await api.key({ name: 'shop', role: 'administrator', scopes }),
    }
  }, 60_000)
  afterAll(async () => {
    if (process.env['UPDATE_DOCS'] !== undefined) {
      let nr = 0
      writeFileSync(
        path,
        text.replace(
          /(```sh\n.*?```\n\n```json\n)(.*?)(```)/gs,
          (_, before: string, __, after: string) => `${before}${answers[nr++] ?? ''}${after}`,
        ),
      )
    }
    await api.stop()
  })

  it.each(examples)('has an example that was run: $command', async ({ command, answer }) => {
    const { stdout } = await run('bash', ['-c', command], { env })
    answers.push(`${JSON.stringify(JSON.parse(stdout))}\n`)
    if (process.env['UPDATE_DOCS'] !== undefined) return
    expect(JSON.parse(still(stdout))).toEqual(JSON.parse(still(answer)))
  })

  it('has a client in twenty lines, in two languages, who count alike', async () => {
    for (const [program, ...words] of [
      [process.execPath, '--import', 'tsx', 'docs/api-client.ts', '2026-03-02'],
      ['python3', 'docs/api-client.py', '2026-03-02'],
    ])
      expect((await run(program ?? '', words, { env, cwd: root })).stdout).toBe('EUR 0.60000000\n')
    const refused = await run('python3', ['docs/api-client.py', '2026-03-02'], {
      env: { ...env, KEY: 'none' },
      cwd: root,
    }).catch((error: unknown) => error as { stderr: string })
    expect(refused.stderr).toContain('A key is needed')
  })
})
