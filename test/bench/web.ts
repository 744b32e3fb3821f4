// How long pages take on the server with many calls, and a file of all of them.

import { siteOf } from '../../shared/pages/site.ts'
import { rebuildSums } from '../../shared/sums/verify.ts'
import { createKeptFiles } from '../../shared/web/kept-files.ts'
import type { People } from '../../shared/web/people.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { stopAll } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import { whileTheyLook } from './lookers.ts'
import type { Part } from './report.ts'
import { prepareWeb, timeFile, timePages, visitorOf } from './visitors.ts'

const portal = [
  ...['/portal', '/portal/calls', '/portal/calls?number=441', '/portal/reports', '/portal/alerts'],
  ...['/portal/statements', '/portal/rates', '/portal/rates?number=44', '/portal/quote'],
]

/** Every page of an administrator by itself, and pages of one thing, of one day long ago, and of what few have. */
function pathsOf(): string[] {
  // What pages are is asked, nothing is shown.
  const { pages } = siteOf(
    { people: {} as People, files: createKeptFiles(), folder: '' },
    { client, destination, tariff },
  )
  const by = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
  return [
    ...pages
      .filter(({ path, roles }) => roles.includes('administrator') && !path.includes(':'))
      .map(({ path }) => path),
    ...['/calls/777', '/clients/5', '/providers/1', '/tariffs/1', '/sources/bench'],
    ...['/calls?client=5', '/calls?country=DE', '/calls?src=4420777', '/calls?number=441'],
    `/calls?from=${by(25)}&to=${by(24)}`,
    `/calls?client=5&from=${by(25)}&to=${by(24)}`,
    '/quote?client=5&number=8107495123456&source=bench',
  ]
}

export async function benchWeb(ground: Ground): Promise<Part> {
  const calls = ground.quick ? 200_000 : 10_000_000
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  ground.say(`making ${calls.toLocaleString('en')} priced calls`)
  await fillPriced(yard, calls)
  const prepared = await prepareWeb(yard)
  const { web, base } = await prepared.start()
  const look = await visitorOf(prepared, yard, base)
  const paths = pathsOf()
  const client = await visitorOf(prepared, yard, base, 5)
  const rows = [...(await timePages(ground, look, paths)), ...(await timePages(ground, client, portal))]
  ground.say(`web: ${rows.map(([path, , p95]) => `${path ?? ''} ${p95 ?? ''}`).join(', ')}`)
  // Nearly three days of thirty: about a million of ten.
  const since = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)
  for (const kind of ['csv', 'json', 'xlsx'])
    rows.push(await timeFile(look, `/calls.${kind}?from=${since}`, web.pid ?? 0))
  // A caller alone is found by reading back through the calls of all.
  const often = paths.filter((path) => !path.includes('src='))
  const looked = await whileTheyLook(ground, yard, look, often)
  await stopAll([web])
  await ground.clear()
  return {
    title: 'web: pages with many calls',
    how: `One process of web, ${calls.toLocaleString('en')} priced calls of 30 days, 1,000 clients, 168,372 rows of tariff; each page asked for 40 times, one after another, by an administrator, those of the portal by a client with a thousandth of the calls, over HTTP on this machine; files of nearly three days of the thirty. ${looked.how} They do not search by a caller alone.`,
    columns: ['page', 'p50 ms', 'p95 ms', 'kB of HTML'],
    rows: [...rows, ...looked.rows],
  }
}

/** Priced calls of 30 days, with their decisions and sums. */
export async function fillPriced({ db }: Yard, calls: number): Promise<void> {
  await db.query(
    `set session_replication_role = replica;
    insert into paidcalls (status, calldate, source_id, src, dst, number, kind, country, direction, client_id, client, disposition, duration, billsec, billable_sec, price, total, currency, master_total, decisions, priced_at, provider_id)
    select 'tarif defined', now() - n * (interval '30 days' / ${calls}), 1, '4420' || n % 100000, '0' || n, (441000000000 + n * 104729 % 900000000)::text, 'mobile', (array['GB', 'DE', 'FR', 'US', 'IT'])[1 + n % 5], 'out', 1 + n * 7919 % 1000, 'client ' || 1 + n * 7919 % 1000,
      case when n % 3 = 0 then 'NO ANSWER' else 'ANSWERED' end, n % 600 + 5, n % 600, n % 600, 1, 0.01 * (n % 600), 'EUR', 0.012 * (n % 600), 1, now(), 1
    from generate_series(${calls}::bigint, 1, -1) n;
    insert into rating_decision (call_id, nr, reason, rule, client_id, number, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta, currency, master_total, calldate, source_id, answered, duration, direction, kind, country, provider_id, cause)
    select id, 1, 'first rating', 'price', client_id, number, 1, 0, billable_sec, billable_sec, total, total, total, 'EUR', master_total, calldate, 1, billable_sec > 0 and disposition = 'ANSWERED', duration, 'out', kind, country, 1, disposition from paidcalls;
    set session_replication_role = default; analyze`,
  )
  await rebuildSums(db)
  await db.query('analyze')
}
