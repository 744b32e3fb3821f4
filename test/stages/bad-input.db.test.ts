import { describe, expect, inject, it } from 'vitest'

import { useDatabase } from '../support/database.ts'
import { run, start } from '../support/processes.ts'
import { withDatabase } from '../support/servers.ts'

const database = useDatabase()
const stages = ['client', 'destination', 'tariff', 'schedule'] as const

/** The test's database with something else in its URL. */
function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url)
  change(url)
  return url.href
}

describe('client, destination, tariff and schedule', () => {
  it.each<[wrong: string, env: () => Record<string, string>, sentence: RegExp]>([
    ['DATABASE_URL is missing', () => ({ DATABASE_URL: '' }), /^Configuration: DATABASE_URL is not set\.$/],
    [
      'DATABASE_URL is no URL',
      () => ({ DATABASE_URL: 'secret@localhost' }),
      /^Configuration: DATABASE_URL must begin with postgres:\/\/ or postgresql:\/\/\.$/,
    ],
    [
      'the password is wrong',
      () => ({ DATABASE_URL: urlWith((url) => (url.password = 'secret')) }),
      /^The server refuses the login \(.*\): check user and password in the URL\.$/,
    ],
    [
      'there is no such database',
      () => ({ DATABASE_URL: withDatabase(database.url, 'nowhere') }),
      /^There is no such database \(.*\): check its name in the URL, or create it\.$/,
    ],
    [
      'the database is not migrated',
      () => ({ DATABASE_URL: withDatabase(inject('serverUrl'), 'template1') }),
      /^The database has no table paidcalls yet: run npm run migrate\.$/,
    ],
    [
      'LANES is 0',
      () => ({ DATABASE_URL: database.url, LANES: '0' }),
      /^Configuration: LANES must be a whole number from 1 to \d+, not "0"\.$/,
    ],
    [
      'LANES is a word',
      () => ({ DATABASE_URL: database.url, LANES: 'abc' }),
      /^Configuration: LANES must be a whole number from 1 to \d+, not "abc"\.$/,
    ],
    [
      'several settings are wrong',
      () => ({ DATABASE_URL: '', LANES: '-1', LOG_LEVEL: 'loud' }),
      /^Configuration: DATABASE_URL is not set; LANES must be .*; LOG_LEVEL must be .*\.$/,
    ],
  ])('end with one sentence where %s', async (wrong, env, sentence) => {
    // Client, destination and tariff start in one and the same way.
    const asked = wrong === 'DATABASE_URL is missing' ? stages : (['client', 'schedule'] as const)
    const ended = await Promise.all(asked.map((stage) => run(`stages/${stage}.ts`, [], env())))
    for (const [at, { code, signal, stdout, stderr }] of ended.entries()) {
      expect({ code, signal, stdout }).toEqual({ code: 1, signal: null, stdout: '' })
      const [program, ...said] = stderr.trimEnd().split(': ')
      expect(program).toBe(asked[at])
      expect(said.join(': ')).toMatch(sentence)
      expect(stderr).not.toContain('secret')
    }
  })
})

describe('a signal', () => {
  it.each(
    stages.flatMap((stage) => (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, stage] as const)),
  )('%s ends %s within a second, without a word', async (signal, stage) => {
    const { child, output, ended } = start(`stages/${stage}.ts`, [], {
      DATABASE_URL: database.url,
      LOG_LEVEL: 'info',
    })
    await expect.poll(output).toContain('stage started')
    const from = performance.now()
    child.kill(signal)
    const { code, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(performance.now() - from).toBeLessThan(1_000)
  })
})
