// All pages and files of the program, and rows for them, for tests that go through every one.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createKeptFiles } from '../../shared/web/kept-files.ts'
import type { Download, Page } from '../../shared/web/page.ts'
import type { People } from '../../shared/web/people.ts'
import type { Role } from '../../shared/web/person.ts'
import type { Database } from '../../shared/database/connect.ts'
import { siteOf } from '../../shared/pages/site.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { aCall, aClient, anOffice, aPrefix } from './builders.ts'
import { drainStages, rollUp } from './lines.ts'
import { visitor } from './pages.ts'
import type { Pages, Visitor } from './pages.ts'

// What pages are is asked, nothing is shown.
const nobody = {} as unknown as People
const { pages: all, downloads: files } = siteOf(
  { people: nobody, files: createKeptFiles(), folder: '' },
  { client, destination, tariff },
)
export const pages: readonly Page[] = all
export const downloads: readonly Download[] = files

export const roles: readonly Role[] = ['administrator', 'operator', 'bookkeeper', 'reader', 'client']

/** The parts of an address that stand for something, such as key. */
export const partsOf = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')

/** An address with these in it. */
export const filled = (path: string, value: string | ((name: string) => string)): string =>
  path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(typeof value === 'string' ? value : value(name)),
  )

const root = new URL('../../shared/pages', import.meta.url).pathname
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n')
/** What any page reads from its address, from its form, or tells forms apart by. */
const named = (expression: RegExp): string[] => [
  ...new Set([...sources.matchAll(expression)].map(([, name]) => name ?? '')),
]
const searched = [
  'from',
  'to',
  'client',
  'number',
  'src',
  'country',
  'source',
  'provider',
  'direction',
  'cause',
  'longer',
  'dearer',
]
export const queries = [...new Set([...named(/query(?:\['|\.)(\w+)/g), ...searched])]
export const fields = [...new Set([...named(/form\['([\w-]+)'\]/g), ...named(/name: '([\w-]+)'/g)])]
export const actions = [
  ...new Set([
    ...named(/name="do" value="(\w+)"/g),
    ...named(/form\['do'\] === '(\w+)'/g),
    ...named(/do: '(\w+)'/g),
  ]),
  ...['', 'constructor', 'toString', '__proto__', 'hasOwnProperty'],
]

/** What attackers type. */
export const hostile = [
  `'; select pg_sleep(3); --`,
  `1) or 1=1 --`,
  `$1`,
  '\u0000',
  '99999999999999999999',
  '-1',
  '9999-99-99',
  '../../../../etc/passwd',
  `"><x-evil>`,
  '\r\nset-cookie: a=b',
  '__proto__',
  '%',
]

/** Something of everything there are pages of; `clients` are two with calls of their own. */
export async function aHouse(db: Database, url: string): Promise<{ clients: [number, number] }> {
  const ask = (text: string, ...values: unknown[]) => db.query(text, values)
  const office = await anOffice(db)
  const other = await aClient(db, { tarif_id: office.tarifnum, name: 'Bolt' })
  await ask(`insert into callerid (client_id, callerid) values ($1, '777')`, other)
  await aPrefix(db, '8')
  const [now, before] = [new Date(Date.now() - 3_600_000).toISOString(), '2026-09-12T10:00:00Z']
  // 299 is nobody's, so that its call waits.
  for (const src of ['201', '777', '299'])
    for (const calldate of src === '299' ? [now] : [now, before])
      await aCall(db, { source_id: office.source_id, src, calldate })
  for (const client of [office.client_id, other])
    await ask(
      `with opened as (insert into account (client_id, currency) values ($1, 'EUR') returning id),
        paid as (insert into payment (account_id, amount, reference) select id, 50, 'transfer ' || $1 from opened),
        fee as (insert into client_fee (client_id, description, amount, currency) values ($1, 'line', 5, 'EUR')),
        rate as (insert into tax_rate (client_id, percent) values ($1, 19)),
        told as (insert into recipient (name, kind, address, client_id) values ('client ' || $1, 'mail', 'one@example.net', $1)),
        channels as (insert into client_channels (client_id, channels, model, price, currency) values ($1, 2, 'peak', 3, 'EUR')),
        rule as (select id from rule order by id limit 1),
        hold as (insert into account_hold (account_id, why) select id, 'by hand' from opened)
      insert into alert (rule_id, client_id, message, severity, closed_at)
      select rule.id, $1, 'too many calls', 'critical', closed from rule, unnest(array[null, now()]) closed`,
      client,
    )
  await ask(
    `with list as (insert into number_list (name, kind) values ('bad', 'black') returning id),
      issuer as (insert into issuer (name, address) values ('Us', 'Here'))
    insert into number_list_entry (list_id, code) select id, '882' from list`,
  )
  await drainStages(url)
  await rollUp(url)
  return { clients: [office.client_id, other] }
}

/** Somebody of each role, by its name; the client is the one given. */
export async function oneOfEach(db: Database, web: Pages, client: number): Promise<Map<Role, Visitor>> {
  const each = new Map<Role, Visitor>()
  for (const role of roles) {
    await db.query('insert into web_user (name, role, client_id) values ($1, $2, $3)', [
      ...[`the-${role}`, role, role === 'client' ? client : null],
    ])
    each.set(role, await visitor(web, `the-${role}`))
  }
  return each
}
