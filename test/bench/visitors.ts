// Who looks at pages, over HTTP: a person of the house, and a client.

import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

import { freePort } from '../../shared/embedded/port.ts'
import { createPeople } from '../../shared/web/people.ts'
import type { Ground, Yard } from './ground.ts'

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
  const env = {
    ...{ WEB_DATABASE_URL: url, WEB_PORT: String(port), RATE_PER_MINUTE: '9999999' },
    PORTAL_DATABASE_URL: yard.url.replace(/\/\/[^@]*@/, '//paidcalls_test_portal:portal@'),
  }
  await yard.db.query(
    `do $$ begin
      create role paidcalls_test_web login password 'web' in role paidcalls_web;
      create role paidcalls_test_portal login password 'portal' in role paidcalls_portal;
    exception when duplicate_object then null; end $$`,
  )
  const base = `http://127.0.0.1:${port}`
  const start = async () => {
    const web = yard.start('stages/web.ts', 1, env)
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

export type Get = (path: string) => Promise<Response>

/** Asks as an administrator, or as a client: what a browser would send along. */
export async function visitorOf({ url }: Prepared, yard: Yard, base: string, client?: number): Promise<Get> {
  const name = client === undefined ? 'bench' : `client-${client}`
  if (client !== undefined)
    await yard.db.query(`insert into web_user (name, role, client_id) values ($1, 'client', $2)`, [
      name,
      client,
    ])
  const people = createPeople({ databaseUrl: url }, 1)
  const password = await people.setPassword(name)
  await people.close()
  const body = new URLSearchParams({ name, password })
  const answer = await fetch(`${base}/login`, { method: 'POST', redirect: 'manual', body })
  const headers = { cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
  return (path) => fetch(`${base}${path}`, { headers })
}

const asked = 40

/** Each page so many times, one after another: p50 and p95 in milliseconds, and kB. */
export async function timePages(ground: Ground, get: Get, paths: readonly string[]): Promise<string[][]> {
  const rows: string[][] = []
  for (const path of paths) {
    const took: number[] = []
    let size = 0
    for (let nr = 0; nr < asked; nr++) {
      const began = performance.now()
      const answer = await get(path)
      size = (await answer.text()).length
      took.push(performance.now() - began)
      if (answer.status !== 200) {
        ground.say(`${path}: ${answer.status}`)
        break
      }
    }
    took.sort((one, other) => one - other)
    const at = (part: number): string => (took[Math.floor(took.length * part)] ?? 0).toFixed(0)
    const shown = path.replace(/from=.*/, 'from=…&to=… (a day 25 days ago)')
    rows.push([shown, at(0.5), at(0.95), (size / 1024).toFixed(0)])
  }
  return rows
}

/** A file of calls to its end, and the most memory the process had meanwhile. */
export async function timeFile(get: Get, path: string, pid: number): Promise<string[]> {
  // From here on its peak is counted anew.
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const began = performance.now()
  let bytes = 0
  for await (const part of (await get(path)).body ?? []) bytes += (part as Uint8Array).length
  const seconds = (performance.now() - began) / 1000
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  return [
    `${path}, ${(bytes / 1e6).toFixed(0)} MB`,
    `${seconds.toFixed(1)} s`,
    '',
    `web had ${peak.toFixed(0)} MB at most`,
  ]
}
