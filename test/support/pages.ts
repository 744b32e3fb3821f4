// The pages as a process of their own, with the login that is theirs.

import { expect, inject, vi } from 'vitest'

import { freePort } from '../../shared/embedded/port.ts'
import { run, start } from './processes.ts'
import { asWeb } from './servers.ts'

export interface Pages {
  base: string
  /** Sets a new password, as a person does at the terminal; who is not there becomes an administrator. */
  passwordOf: (name: string) => Promise<string>
  /** Ends as a signal does. */
  stop: () => Promise<void>
}

export async function startPages(databaseUrl: string): Promise<Pages> {
  const port = await freePort()
  const env = {
    WEB_DATABASE_URL: asWeb(databaseUrl, inject('serverUrl')),
    ...{ DATABASE_URL: databaseUrl, WEB_PORT: String(port), LOG_LEVEL: 'info' },
  }
  const web = start('stages/web.ts', [], env)
  await vi.waitFor(() => {
    expect(web.output()).toContain('stage started')
  }, 20_000)
  return {
    base: `http://127.0.0.1:${port}`,
    async passwordOf(name) {
      const { stdout } = await run('stages/web.ts', ['--password', name], env)
      return /is (\S+)\n$/.exec(stdout)?.[1] ?? ''
    },
    async stop() {
      web.child.kill('SIGTERM')
      expect((await web.ended).code).toBe(0)
    },
  }
}
