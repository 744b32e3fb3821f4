import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { readConfig, readImportConfig } from '../../../shared/program/config.ts'

const [a, b] = ['csv:///a/Master.csv', 'csv:///b/Master.csv']

function sourcesIn(env: Record<string, string>): string[] {
  const { sources } = readImportConfig({ DATABASE_URL: 'postgres://h/d', ...env })
  return sources.map(({ source, cdrUrl }) => `${source} ${cdrUrl.pathname}`)
}

describe('the sources import reads', () => {
  it.each([
    ['the one that SOURCE names', { SOURCE: 'a', CDR_URL: a }, ['a /a/Master.csv']],
    [
      'all that have numbers, in their order',
      { SOURCE_10: 'b', CDR_URL_10: b, SOURCE_2: 'a', CDR_URL_2: a, SOURCE_3: '' },
      ['a /a/Master.csv', 'b /b/Master.csv'],
    ],
    [
      'only the one that SOURCE names, where others have numbers',
      { SOURCE: 'a', CDR_URL: a, SOURCE_1: 'b', CDR_URL_1: b },
      ['a /a/Master.csv'],
    ],
    [
      'the one that SOURCE names, by its number',
      { SOURCE: 'b', SOURCE_1: 'a', CDR_URL_1: a, SOURCE_2: 'b', CDR_URL_2: b },
      ['b /b/Master.csv'],
    ],
  ])('are %s', (_, env, sources) => {
    expect(sourcesIn(env)).toEqual(sources)
  })

  it.each([
    [
      'none is named',
      {},
      'Configuration: SOURCE is not set (the name of a row of table source); CDR_URL is not set.',
    ],
    [
      'one has no URL',
      { SOURCE_1: 'a', CDR_URL_1: a, SOURCE_2: 'b' },
      'Configuration: CDR_URL_2 is not set.',
    ],
    [
      'one is named twice',
      { SOURCE_1: 'a', CDR_URL_1: a, SOURCE_2: 'a', CDR_URL_2: b },
      'Configuration: two of SOURCE_1, SOURCE_2 … name the source a.',
    ],
    [
      'the URL beside SOURCE is that of another',
      { SOURCE: 'b', CDR_URL: a, SOURCE_2: 'b', CDR_URL_2: b },
      'Configuration: CDR_URL and CDR_URL_2 say different things of the source b.',
    ],
  ])('are refused when %s', (_, env, sentence) => {
    expect(() => sourcesIn(env)).toThrow(sentence)
  })
})

describe('what CDR_URL begins with', () => {
  const guide = readFileSync(new URL('../../../docs/sources.md', import.meta.url), 'utf8')
  const told = [...guide.matchAll(/^\| `(\w+:\/\/[^`]+)` /gm)].map(([, url = '']) => url)

  it.each(told)('may be as docs/sources.md tells: %s', (url) => {
    expect(sourcesIn({ SOURCE: 'a', CDR_URL: url })).toHaveLength(1)
  })

  it('is told for all there are', () => {
    expect(new Set(told.map((url) => new URL(url).protocol)).size).toBe(7)
  })
})

describe('settings', () => {
  const config = (env: Record<string, string>) => readConfig({ DATABASE_URL: 'postgres://h/d', ...env })

  it('say where metrics are served, each process of a stage on a port of its own', () => {
    expect(config({}).metrics).toBeUndefined()
    expect(config({ METRICS_PORT: '9400' }).metrics).toEqual({ host: '127.0.0.1', port: 9400 })
    expect(
      config({ METRICS_PORT: '9400', METRICS_HOST: '::', METRICS_OFFSET: '20', NODE_APP_INSTANCE: '2' })
        .metrics,
    ).toEqual({
      host: '::',
      port: 9422,
    })
  })

  it('name all mistakes at once', () => {
    expect(() => config({ METRICS_PORT: '0x10', LANES: '65' })).toThrow(
      'Configuration: LANES must be a whole number from 1 to 64, not "65"; METRICS_PORT must be a port from 1 to 65535, not "0x10".',
    )
  })
})
