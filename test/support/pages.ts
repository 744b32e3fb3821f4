// The pages as a process of their own, with the login that is theirs.

import { expect, inject, vi } from 'vitest'

import { freePort } from '../../shared/embedded/port.ts'
import { createPeople } from '../../shared/web/people.ts'
import { start } from './processes.ts'
import { asPortal, asWeb } from './servers.ts'

export interface Pages {
  base: string
  /** Sets a new password; who is not there becomes an administrator. */
  passwordOf: (name: string) => Promise<string>
  /** All it has logged. */
  output: () => string
  /** Ends as a signal does. */
  stop: () => Promise<void>
}

export async function startPages(databaseUrl: string, more: Record<string, string> = {}): Promise<Pages> {
  const port = await freePort()
  const env = {
    WEB_DATABASE_URL: asWeb(databaseUrl, inject('serverUrl')),
    PORTAL_DATABASE_URL: asPortal(databaseUrl, inject('serverUrl')),
    ...{ DATABASE_URL: databaseUrl, WEB_PORT: String(port), LOG_LEVEL: 'info', ...more },
  }
  const web = start('stages/web.ts', [], env)
  const people = createPeople({ databaseUrl: env.WEB_DATABASE_URL }, 1)
  await vi.waitFor(() => {
    expect(web.output()).toContain('stage started')
  }, 40_000)
  return {
    base: `http://127.0.0.1:${port}`,
    output: web.output,
    passwordOf: (name) => people.setPassword(name),
    async stop() {
      await people.close()
      web.child.kill('SIGTERM')
      expect((await web.ended).code).toBe(0)
    },
  }
}

export interface Visitor {
  get: (path: string) => Promise<string>
  /** What was done is said by the next page, which is gone to. */
  send: (
    path: string,
    form: Record<string, string>,
    file?: { name: string; text: string | Uint8Array<ArrayBuffer> },
  ) => Promise<{ status: number; text: string; to: string | null }>
  cookie: string
  csrf: () => Promise<string>
}

/** Somebody who is logged in. */
export async function visitor(web: Pages, name: string): Promise<Visitor> {
  const body = new URLSearchParams({ name, password: await web.passwordOf(name) })
  const login = await fetch(`${web.base}/login`, { method: 'POST', redirect: 'manual', body })
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const get = async (path: string): Promise<string> =>
    (await fetch(`${web.base}${path}`, { headers: { cookie } })).text()
  const csrf = async (): Promise<string> => /name="csrf" value="([^"]+)"/.exec(await get('/me'))?.[1] ?? ''
  return {
    ...{ cookie, get, csrf },
    async send(path, form, file) {
      const sent = file ? new FormData() : new URLSearchParams()
      for (const [field, value] of Object.entries({ csrf: await csrf(), ...form })) sent.append(field, value)
      if (file && sent instanceof FormData) sent.append('file', new Blob([file.text]), file.name)
      const answer = await fetch(`${web.base}${path}`, {
        ...{ method: 'POST', redirect: 'manual', body: sent, headers: { cookie } },
      })
      const to = answer.headers.get('location')
      return { status: answer.status, to, text: to === null ? await answer.text() : await get(to) }
    },
  }
}
