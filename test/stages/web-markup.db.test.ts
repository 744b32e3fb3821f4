import type { Browser, Page as Tab } from 'playwright-core'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Role } from '../../shared/web/person.ts'
import { openBrowser } from '../support/browser.ts'
import { useDatabase } from '../support/database.ts'
import { startPages } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import { aHouse, downloads, filled, oneOfEach, pages } from '../support/site.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

// Out of whatever it stands in, a comment, an attribute with quotes or without, and then markup of its own.
const evil = `=1+1 x-evil=1 '"></title></textarea></select></pre><x-evil onload=x()><script>x()</script><a href="javascript:x()">&#60;x-evil&#62;<!--`
// What would be no page any more, or no way in.
const left = ['web_user', 'web_password', 'web_session', 'migration', 'api_secret', 'stage_process']

/** Hostile text in every column of every table that takes one; gives back which columns do. */
async function poison(): Promise<string[]> {
  const columns = await ask(
    `select relname as table, attname as column, format_type(atttypid, null) as type, exists (select from pg_index where indrelid = pg_class.oid and indisunique and attnum = any (indkey)) as own
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and attnum > 0 and not attisdropped and attgenerated = ''
      and format_type(atttypid, null) in ('text', 'jsonb', 'json') and relname <> all ($1) and attname <> 'time_zone' order by 1, 2`,
    left,
  )
  await ask('set session_replication_role = replica')
  const taken: string[] = []
  for (const { table, column, type, own } of columns) {
    const value =
      type === 'text'
        ? `$1${own === true ? ` || ctid::text` : ''}`
        : `(select jsonb_object_agg(key, case when key = 'time_zone' then 'UTC' else $1 end) from jsonb_object_keys(case when jsonb_typeof(${String(column)}::jsonb) = 'object' then ${String(column)}::jsonb else '{}' end || jsonb_build_object($1::text, 1)) key)`
    const text = `update ${String(table)} set ${String(column)} = ${value}`
    const done = await ask(text, evil)
      .catch(() => ask(`${text} where ${String(column)} is not null`, evil))
      .then(
        () => true,
        () => false,
      )
    if (done) taken.push(`${String(table)}.${String(column)}`)
  }
  await ask('set session_replication_role = default')
  return taken
}

interface Found {
  elements: string[]
  attributes: string[]
  addresses: string[]
}

/** What a browser makes of a page, but for the one script that is ours. */
const look = (tab: Tab, text: string): Promise<Found> =>
  tab.evaluate<Found>(`(() => {
    const all = [...new DOMParser().parseFromString(${JSON.stringify(text)}, 'text/html').querySelectorAll('*:not(script[src="/threshold.js"]:empty)')]
    const attributes = all.flatMap((element) => [...element.attributes])
    return {
      elements: [...new Set(all.map(({ localName }) => localName))],
      attributes: [...new Set(attributes.map(({ name }) => name.toLowerCase()))],
      addresses: attributes.filter(({ name }) => ['href', 'src', 'action', 'formaction'].includes(name)).map(({ value }) => value),
    }
  })()`)

const ours = {
  elements:
    'html head meta title link body header nav a form input button main h1 h2 p footer div table caption thead tr th tbody td label select option textarea small details summary pre br ul ol li span strong em code meter figure figcaption svg line text polyline time dl dt dd'.split(
      ' ',
    ),
  attributes:
    'lang charset name content rel href class aria-label aria-current method action type value role tabindex scope required selected checked autocomplete enctype accept open min max viewbox x x1 x2 y y1 y2 text-anchor points title pattern placeholder hidden data-thresholds data-alerts data-weekly data-shown'.split(
      ' ',
    ),
}

describe('hostile text in every column of every table', () => {
  let web: Pages
  let each: Map<Role, Visitor>
  let browser: Browser
  let tab: Tab
  let taken: string[]
  const keys = new Map<string, string[]>()

  beforeAll(async () => {
    const { clients } = await aHouse(database.db, database.url)
    web = await startPages(database.url)
    each = await oneOfEach(database.db, web, clients[0])
    const keeper = each.get('bookkeeper')
    await keeper?.send('/statements', { do: 'issue', month: '2026-09' })
    await keeper?.send('/statements', { do: 'draft', month: '2026-11' })
    taken = await poison()
    for (const name of ['source', 'client', 'tarifplan', 'statement', 'paidcalls'])
      keys.set(
        name,
        (
          await ask(
            `select ${name === 'source' ? 'name' : name === 'tarifplan' ? 'tarifnum' : 'id'}::text as key from ${name} order by 1 limit 3`,
          )
        ).map(({ key }) => String(key)),
      )
    browser = await openBrowser()
    tab = await browser.newPage()
  }, 180_000)
  afterAll(async () => {
    await browser.close()
    await web.stop()
  })

  it('stands in most of them', () => {
    expect(taken.length).toBeGreaterThan(60)
    for (const column of [
      'client.name',
      'source.name',
      'tarifplan.name',
      'rule.name',
      'provider.name',
      'paidcalls.src',
      'paidcalls.problem',
      'alert.message',
      'statement_line.description',
      'cdr.record',
      'change_log.new_row',
    ])
      expect(taken).toContain(column)
  })

  /** Addresses of rows that are there, whichever table they are of. */
  const addressesOf = (path: string): string[] =>
    path.includes(':')
      ? [...new Set([...[...keys.values()].flat(), 'new', '1', 'true'])].map((key) => filled(path, key))
      : [path]

  it.each(pages.map(({ path }) => path))('is text on %s, for every role', async (path) => {
    const page = pages.find((other) => other.path === path)
    for (const role of page?.roles ?? [])
      for (const address of addressesOf(path)) {
        const text = (await each.get(role)?.get(address)) ?? ''
        const { elements, attributes, addresses } = await look(tab, text)
        expect(
          elements.filter((name) => !ours.elements.includes(name)),
          `${role} ${address}`,
        ).toEqual([])
        expect(
          attributes.filter((name) => !ours.attributes.includes(name)),
          `${role} ${address}`,
        ).toEqual([])
        expect(
          addresses.filter((to) => to !== '' && !/^(\/(?!\/)|\?)/.test(to)),
          `${role} ${address}`,
        ).toEqual([])
      }
  })

  it('was shown at all', async () => {
    const shown: string[] = []
    for (const { path, roles } of pages)
      for (const address of addressesOf(path))
        if ((await each.get(roles[0] ?? 'reader')?.get(address))?.includes('&lt;x-evil')) shown.push(path)
    expect([...new Set(shown)].length).toBeGreaterThan(30)
  })

  it.each(downloads.map(({ path }) => path))('is no formula and no header in %s', async (path) => {
    const file = downloads.find((other) => other.path === path)
    let seen = 0
    for (const role of file?.roles ?? [])
      for (const address of addressesOf(path)) {
        const answer = await fetch(`${web.base}${address}`, {
          headers: { cookie: each.get(role)?.cookie ?? '' },
        })
        if (answer.status !== 200) continue
        seen++
        expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]{1,200}"$/)
        expect(answer.headers.get('content-type')).toMatch(
          /^(text\/csv; charset=utf-8|image\/svg\+xml|application\/(pdf|json|vnd\.openxml.*sheet))/,
        )
        if (path.endsWith('svg')) {
          const { elements, attributes } = await look(tab, await answer.text())
          expect(
            elements.filter(
              (name) =>
                !['html', 'head', 'body', 'svg', 'g', 'path', 'title', 'style', 'rect', 'text'].includes(
                  name,
                ),
            ),
          ).toEqual([])
          expect(attributes.filter((name) => /^on|href|evil/.test(name))).toEqual([])
        }
        if (!path.endsWith('csv')) continue
        const cells: string[][] = parse(await answer.text(), { relax_column_count: true })
        expect(
          cells.flat().filter((cell) => /^\s*[=+@\-\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell)),
        ).toEqual([])
      }
    expect(seen, path).toBeGreaterThan(0)
  })
})
