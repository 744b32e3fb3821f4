import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))

const sources = ['stages', 'shared', 'sql', 'demo', 'test']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))

const under = (folder: string) => sources.filter(({ path }) => path.startsWith(`${folder}/`))
const importsOf = (text: string) =>
  [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map((match) => match[1] ?? '')

describe('the source', () => {
  it.each(under('shared'))('knows no stage by name in $path', ({ text }) => {
    expect(importsOf(text).filter((path) => /stages\/|test\/|demo\//.test(path))).toEqual([])
  })

  // Programs for people and for exchanges price calls, too, and the algorithm lives in one place: the stage.
  const forPeople = [
    'stages/quote.ts',
    'stages/rerate.ts',
    'stages/deck.ts',
    'stages/compare.ts',
    'stages/authorize.ts',
    // Says what number a call that waits is to.
    'stages/watch.ts',
    'stages/web.ts',
    // Migrates the database it starts.
    'stages/start.ts',
  ]

  it.each(under('stages').filter(({ path }) => !forPeople.includes(path)))(
    'lets stages meet in the table only: $path',
    ({ text }) => {
      expect(importsOf(text).filter((path) => !path.startsWith('../shared/'))).toEqual([])
    },
  )

  it.each([...under('stages'), ...under('shared'), ...under('sql')])(
    'keeps $path short enough to read at once',
    ({ text }) => {
      expect(text.split('\n').length).toBeLessThanOrEqual(201)
    },
  )

  it.each(sources)('says what it holds in the name of $path', ({ path }) => {
    expect(path).not.toMatch(/(^|\/)(utils?|helpers?|types?|index|common|misc)\.ts$/)
  })

  it.each([...under('stages'), ...under('shared'), ...under('sql'), ...under('demo')])(
    'has no enum and no leftovers in $path',
    ({ text }) => {
      expect(text).not.toMatch(/^\s*(export )?enum |\bTODO\b|\bFIXME\b|console\.log/m)
    },
  )

  it.each(under('stages'))('begins $path by saying what the program does', ({ path, text }) => {
    const name = path.replace(/^stages\/|\.ts$/g, '')
    expect(text.startsWith(`// ${name}: `)).toBe(true)
  })

  it.each(under('stages'))(
    'names the purpose of each query of $path for pg_stat_activity',
    ({ path, text }) => {
      const name = path.replace(/^stages\/|\.ts$/g, '')
      const queries = [...text.matchAll(/`([^`]*\b(?:update|insert into|delete from)\b[^`]*)`/g)].map(
        (match) => match[1] ?? '',
      )
      for (const query of queries) expect(query.trimStart()).toMatch(new RegExp(`^-- ${name}: `))
    },
  )
})

const architecture = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
// The table of rooms: which room may enter which.
const rooms = new Map(
  [...architecture.matchAll(/^\| `([\w/]+)` +\|[^|]*\|([^|]*)\|[^|]*\|$/gm)].map(
    ([, room = '', mayEnter = '']) => [room, mayEnter.split(' ').filter((name) => name !== '')],
  ),
)
const roomOf = (path: string) => dirname(path).replace(/^shared\//, '')
const importedBy = ({ path, text }: { path: string; text: string }) =>
  importsOf(text).map((imported) => normalize(join(dirname(path), imported)))
const bound = [...under('shared'), ...under('sql')]

/** The first circle of imports that leads back to a file, as the way through it; empty when there is none. */
function circleFrom(start: string): string[] {
  const byPath = new Map(sources.map((source) => [source.path, importedBy(source)]))
  const ways = [[start]]
  const seen = new Set<string>()
  for (let way = ways.pop(); way; way = ways.pop()) {
    for (const next of byPath.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next]
      if (!seen.has(next)) ways.push([...way, next])
      seen.add(next)
    }
  }
  return []
}

describe('the rooms', () => {
  it('are those of docs/architecture.md, and no file lies in shared/ itself', () => {
    expect([...new Set(bound.map(({ path }) => roomOf(path)))].sort()).toEqual([...rooms.keys()].sort())
  })

  it.each(bound)('are entered by $path as docs/architecture.md allows', (source) => {
    const own = roomOf(source.path)
    const against = importedBy(source).filter((path) => {
      const entered = roomOf(path)
      return entered !== own && !rooms.get(own)?.includes(entered)
    })
    expect(against.map((path) => `room ${own} may not enter ${roomOf(path)} (docs/architecture.md)`)).toEqual(
      [],
    )
  })

  it('hold at most fifteen files each', () => {
    for (const room of rooms.keys())
      expect(bound.filter(({ path }) => roomOf(path) === room).length, room).toBeLessThanOrEqual(15)
  })

  it.each([...bound, ...under('stages'), ...under('demo'), ...under('test')])(
    'import each other in no circle: $path',
    ({ path }) => {
      expect(circleFrom(path)).toEqual([])
    },
  )

  it.each([...bound, ...under('stages')])('hand nothing on that another file defines: $path', ({ text }) => {
    expect(text).not.toMatch(/^export (type )?(\{|\*)/m)
  })
})

// The table of who writes what in docs/architecture.md; what is in no catalog is a temporary table.
const writers = new Map(
  [...architecture.matchAll(/^\| `(\w+)` +\| ([^|]*)\|$/gm)].map(([, table = '', by = '']) => [table, by]),
)
const written = readFileSync(join(root, 'docs/schema.md'), 'utf8')

describe('a table', () => {
  it.each([...under('shared'), ...under('stages')])(
    'is written by $path as docs/architecture.md says',
    (source) => {
      const room = source.path.startsWith('stages/') ? 'stages' : roomOf(source.path)
      const tables = [
        ...source.text.matchAll(/\b(?:insert into|update|delete from) ([a-z_]+)\b(?! skip| nowait)/g),
      ]
        .map(([, table = '']) => table)
        .filter((table) => written.includes(`### ${table}\n`))
      const against = tables.filter((table) => !new RegExp(`\\b${room}\\b`).test(writers.get(table) ?? ''))
      expect(against.map((table) => `room ${room} may not write ${table} (docs/architecture.md)`)).toEqual([])
    },
  )
})

describe('the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }

  it.each(under('stages'))('starts $path by its name', ({ path }) => {
    const name = path.replace(/^stages\/|\.ts$/g, '')
    expect(scripts[name]).toBe(`tsx ${path}`)
  })

  it('runs in CI exactly the test command of the README, and nothing else', () => {
    const commands = readFileSync(join(root, '.ci/run'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !/^(#|set |cd )/.test(line))
    expect(commands).toEqual(['npm ci && npm test'])
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('npm ci && npm test')
  })
})
