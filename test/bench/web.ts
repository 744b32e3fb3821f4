// How long pages take on the server with many calls, and a file of all of them.

import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { freePort } from '../../shared/embedded/port.ts'
import { siteOf } from '../../shared/pages/site.ts'
import { rebuildSums } from '../../shared/sums/verify.ts'
import { createKeptFiles } from '../../shared/web/kept-files.ts'
import { createPeople } from '../../shared/web/people.ts'
import type { People } from '../../shared/web/people.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { startProgram, stopAll } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import { whileTheyLook } from './lookers.ts'
import type { Part } from './report.ts'

const asked = 40

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

interface Prepared {
  /** Of the login of the pages. */
  url: string
  env: Record<string, string>
  start: () => Promise<{ web: ChildProcess; base: string }>
}

/** A login for the pages, and the program, not started yet. */
export async function prepareWeb(yard: Yard): Promise<Prepared> {
  const port = await freePort()
  const url = yard.url.replace(/\/\/[^@]*@/, '//paidcalls_test_web:web@')
  const env = { WEB_DATABASE_URL: url, WEB_PORT: String(port), RATE_PER_MINUTE: '9999999' }
  await yard.db.query(
    `do $$ begin create role paidcalls_test_web login password 'web' in role paidcalls_web; exception when duplicate_object then null; end $$`,
  )
  const base = `http://127.0.0.1:${port}`
  const start = async () => {
    const web = startProgram('stages/web.ts', yard.stageUrl, 1, env)
    while (
      !(await fetch(`${base}/health`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 100))
    return { web, base }
  }
  return { url, env, start }
}

/** Somebody who may see everything: what a browser would send along. */
async function loggedIn(url: string, base: string): Promise<string> {
  const people = createPeople({ databaseUrl: url }, 1)
  const password = await people.setPassword('bench')
  await people.close()
  const body = new URLSearchParams({ name: 'bench', password })
  const answer = await fetch(`${base}/login`, { method: 'POST', redirect: 'manual', body })
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

export async function benchWeb(ground: Ground): Promise<Part> {
  const calls = ground.quick ? 200_000 : 10_000_000
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  ground.say(`making ${calls.toLocaleString('en')} priced calls`)
  await fillPriced(yard, calls)
  const { url, start } = await prepareWeb(yard)
  const { web, base } = await start()
  const headers = { cookie: await loggedIn(url, base) }
  const rows: string[][] = []
  const paths = pathsOf()
  for (const path of paths) {
    const took: number[] = []
    let size = 0
    for (let nr = 0; nr < asked; nr++) {
      const began = performance.now()
      const answer = await fetch(`${base}${path}`, { headers })
      size = (await answer.text()).length
      took.push(performance.now() - began)
      if (answer.status !== 200) {
        ground.say(`${path}: ${answer.status}`)
        break
      }
    }
    took.sort((one, other) => one - other)
    const at = (part: number): string => (took[Math.floor(took.length * part)] ?? 0).toFixed(0)
    rows.push([
      path.replace(/from=.*/, 'from=…&to=… (a day 25 days ago)'),
      at(0.5),
      at(0.95),
      (size / 1024).toFixed(0),
    ])
  }
  const began = performance.now()
  let [bytes, lines] = [0, -1]
  const most = Math.min(calls, 1_000_000)
  const files = new AbortController()
  const csv = await fetch(`${base}/calls.csv`, { headers, signal: files.signal })
  for await (const part of csv.body ?? []) {
    bytes += (part as Uint8Array).length
    for (const byte of part as Uint8Array) if (byte === 10) lines++
    if (lines >= most) break
  }
  files.abort()
  const seconds = (performance.now() - began) / 1000
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${web.pid ?? 0}/status`, 'utf8'))?.[1] ?? '0'
  rows.push([
    `/calls.csv, the first ${most.toLocaleString('en')} rows, ${(bytes / 1e6).toFixed(0)} MB`,
    `${seconds.toFixed(1)} s`,
    '',
    `web had ${(Number(peak) / 1024).toFixed(0)} MB at most`,
  ])
  ground.say(`web: ${rows.map(([path, , p95]) => `${path ?? ''} ${p95 ?? ''}`).join(', ')}`)
  // A caller alone is found by reading back through the calls of all.
  const often = paths.filter((path) => !path.includes('src='))
  const looked = await whileTheyLook(ground, yard, (path) => fetch(`${base}${path}`, { headers }), often)
  await stopAll([web])
  await ground.clear()
  return {
    title: 'web: pages with many calls',
    how: `One process of web, ${calls.toLocaleString('en')} priced calls of 30 days, 1,000 clients, 168,372 rows of tariff; each page asked for ${asked} times, one after another, by an administrator, over HTTP on this machine. ${looked.how} They do not search by a caller alone.`,
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
