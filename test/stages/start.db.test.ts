import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { freePort } from '../../shared/embedded/port.ts'
import { run, start } from '../support/processes.ts'
import type { Started } from '../support/processes.ts'

const within = { timeout: 40_000, interval: 200 }

describe('npm start', () => {
  let folder: string
  let env: Record<string, string>
  let all: Started[]
  beforeEach(async () => {
    all = []
    folder = mkdtempSync(join(tmpdir(), 'start-'))
    env = { DATA_DIR: folder, DATABASE_URL: '', WEB_PORT: String(await freePort()), LOG_LEVEL: 'info' }
  })
  afterEach(async () => {
    // What failed leaves nothing running.
    for (const { child } of all) child.kill('SIGINT')
    await Promise.all(all.map(({ ended }) => ended))
    rmSync(folder, { recursive: true, force: true })
  })

  const up = async (...args: string[]) => {
    const started = start('stages/start.ts', args, env)
    all.push(started)
    const began = performance.now()
    await vi.waitFor(() => {
      expect(started.output()).toContain('Ctrl-C ends it')
    }, within)
    return { ...started, ms: performance.now() - began }
  }
  const page = async (path: string, cookie: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${env['WEB_PORT'] ?? ''}${path}`, { headers: { cookie } })).text()

  const ownUrl = (of: string): string => {
    const { postgres } = JSON.parse(readFileSync(join(of, 'secrets.json'), 'utf8')) as { postgres: string }
    return `postgres://postgres:${postgres}@127.0.0.1:${readFileSync(join(of, 'data', 'postmaster.pid'), 'utf8').split('\n')[3] ?? ''}/paidcalls`
  }

  it(
    'has a database, all stages and the pages at work on a bare machine, ends clean, and has all when it is started again, or restored elsewhere',
    { timeout: 120_000 },
    async () => {
      const first = await up('--demo')
      const [, password = ''] = /The new password of admin is (\S+)/.exec(first.output()) ?? []
      const login = await fetch(`http://127.0.0.1:${env['WEB_PORT'] ?? ''}/login`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ name: 'admin', password }),
      })
      const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
      await vi.waitFor(async () => {
        expect(await page('/waiting', cookie)).toContain('no client owns caller ID 2177')
      }, within)
      await vi.waitFor(async () => {
        expect(await page('/calls', cookie)).toContain('Harbour Shipping')
      }, within)
      const file = join(folder, 'all.tar')
      expect(await run('stages/backup.ts', [file], env)).toMatchObject({ code: 0, stderr: '' })
      expect(await run('stages/backup.ts', [file], env)).toMatchObject({ code: 1 })
      first.child.kill('SIGINT')
      expect(await first.ended).toMatchObject({ code: 0, stderr: '' })
      expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false)
      expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0)
      for (const stage of ['client', 'tariff', 'watch', 'web'])
        expect(readFileSync(join(folder, 'logs', `${stage}.log`), 'utf8')).not.toContain('away')

      const again = await up()
      expect(again.output()).not.toContain('password')
      // The session is still one.
      expect(await page('/calls', cookie)).toContain('Harbour Shipping')
      again.child.kill('SIGINT')
      expect(await again.ended).toMatchObject({ code: 0, stderr: '' })

      env = { ...env, DATA_DIR: join(folder, 'restored') }
      expect(await run('stages/backup.ts', ['--restore', file], env)).toMatchObject({ code: 0, stderr: '' })
      expect(await run('stages/backup.ts', ['--restore', file], env)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('restore into an empty DATA_DIR') as string,
      })
      const restored = await up()
      expect(restored.output()).not.toContain('password')
      expect(await page('/calls', cookie)).toContain('Harbour Shipping')
      expect(
        await run('stages/rollup.ts', ['--verify'], { DATABASE_URL: ownUrl(join(folder, 'restored')) }),
      ).toMatchObject({
        stdout: expect.stringContaining('all sums are what') as string,
      })
      restored.child.kill('SIGINT')
      expect(await restored.ended).toMatchObject({ code: 0, stderr: '' })
    },
  )

  it('refuses data of another major version, and says what to do', { timeout: 60_000 }, async () => {
    rmSync(join(folder, 'data'), { recursive: true, force: true })
    const made = await up()
    made.child.kill('SIGINT')
    await made.ended
    writeFileSync(join(folder, 'data', 'PG_VERSION'), '9\n')
    expect(await run('stages/start.ts', [], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is of PostgreSQL 9, and this is') as string,
    })
  })
})
