import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))
const timeout = 180_000
// The compiler that tsx starts beside a program goes a moment after it.
const goneMs = 3_000

describe('the demo', () => {
  let folder: string
  let demo: ChildProcess | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paidcalls-demo-'))
  })
  afterEach(() => {
    if (demo?.pid !== undefined && anyProcessOf(demo.pid)) process.kill(-demo.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  /** A group of its own, which everything it starts belongs to. */
  function start(...args: string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'demo/demo.ts', '--folder', folder, ...args], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    demo = child
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    /** Resolves when it has said this, or can say nothing more. */
    const said = async (text: string): Promise<void> => {
      const look = async (): Promise<void> => {
        while (!output.stdout.includes(text)) await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await Promise.race([look(), ended])
      expect(output.stdout, output.stderr).toContain(text)
    }
    return { pid: child.pid ?? 0, output, ended, said, interrupt: () => child.kill('SIGINT') }
  }

  it('prices what it promises, heals what it planted, and leaves nothing behind', { timeout }, async () => {
    const { pid, output, ended } = start('--calls', '2000')
    expect(await ended, output.stderr).toBe(0)
    expect(output.stderr).toBe('')
    const { stdout } = output
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain('9,273 rates; 136 rows of the original were left out')
    expect(stdout).toContain('2,146 records are 2,146 calls, none twice and none lost')
    expect(stdout).toMatch(/[\d,]+ generated answered outside calls: every one priced/)
    expect(stdout).toMatch(/\d+ answered calls over a trunk in the real records: every one priced/)
    expect(stdout).toContain('12 calls wait, and all of them were planted to')
    expect(stdout).toMatch(
      /demo-2 .* true +600 .*\n.*demo-3 .* false +0 .* USD is left, and the call begins with/,
    )
    expect(stdout).toMatch(/Harbour Shipping +0\.7100 +0\.00/)
    expect(stdout).toMatch(/All sums are what [\d,]+ decisions say/)
    expect(stdout).toMatch(/statements\/\d{4}-00001\.pdf, with every call in the \.csv beside it/)
    expect(stdout).toContain('Confirmed by SQL, to the last digit')
    expect(stdout).toMatch(/40 calls went on by themselves: the first was priced \d+ ms after the edit/)
    for (const problem of [
      'no client owns caller ID 2177',
      'no provider has the channel PJSIP/old-carrier',
      '"gsm2" is no telephone number',
      /has no code for 1418555\d{4}/,
    ]) {
      expect(stdout).toMatch(problem)
    }
    await expect.poll(() => anyProcessOf(pid), { timeout: goneMs }).toBe(false)
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })

  it('stops everything when it is interrupted', { timeout }, async () => {
    const { pid, ended, said, interrupt } = start('--calls', '2000')
    await said('Four stages, each a process of its own')
    interrupt()
    expect(await ended).toBe(130)
    await expect.poll(() => anyProcessOf(pid), { timeout: goneMs }).toBe(false)
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })

  it('says in one sentence what is wrong with its arguments', { timeout }, async () => {
    const { output, ended } = start('--calls', 'many')
    expect(await ended).toBe(1)
    expect(output).toEqual({
      stdout: '',
      stderr: 'demo: --calls is a whole number from 1000 to 1000000, not "many".\n',
    })
  })
})

/** Whether a process of the group is alive. */
function anyProcessOf(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}
