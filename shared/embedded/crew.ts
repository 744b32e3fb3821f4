// Programs as child processes that are kept running, where there is no pm2.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
// A program finishes what it has in hand and leaves; one that does not is ended.
const [patienceMs, againMs] = [8_000, 1_000]

export interface Crew {
  /** Starts a program, and starts it again when it ends by itself. What it says goes to a file of `logs` under `name`. */
  start: (name: string, program: string, env: Record<string, string>) => void
  /** Runs a program to its end; gives back what it wrote to standard output. Throws what it wrote to standard error when it ends badly. */
  run: (program: string, args: readonly string[], env: Record<string, string>) => Promise<string>
  /** Ends all of them. */
  stop: () => Promise<void>
}

export function createCrew(logs: string): Crew {
  mkdirSync(logs, { recursive: true })
  const working = new Map<ChildProcess, Promise<void>>()
  let stopping = false
  const killAll = (): void => {
    for (const child of working.keys()) child.kill('SIGKILL')
  }
  process.on('exit', killAll)

  function launch(program: string, args: readonly string[], env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      // A signal of the terminal is for the one that looks after them.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    working.set(
      child,
      new Promise((resolve) => {
        child.once('close', () => {
          working.delete(child)
          resolve()
        })
      }),
    )
    return child
  }
  return {
    start(name, program, env) {
      if (stopping) return
      const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' })
      const child = launch(program, [], env)
      child.stdout?.pipe(log)
      child.stderr?.pipe(log)
      child.once('close', () => {
        log.end()
        if (!stopping)
          setTimeout(() => {
            this.start(name, program, env)
          }, againMs)
      })
    },
    run(program, args, env) {
      const child = launch(program, args, env)
      const [said, wrong]: [string[], string[]] = [[], []]
      child.stdout?.on('data', (part: Buffer) => said.push(part.toString()))
      child.stderr?.on('data', (part: Buffer) => wrong.push(part.toString()))
      return new Promise((resolve, reject) => {
        child.once('close', (code) => {
          if (code === 0) resolve(said.join(''))
          else reject(new Error(wrong.join('').trim()))
        })
      })
    },
    async stop() {
      stopping = true
      const children = [...working]
      for (const [child] of children) child.kill('SIGTERM')
      const late = setTimeout(killAll, patienceMs)
      await Promise.all(children.map(([, ended]) => ended))
      clearTimeout(late)
      process.off('exit', killAll)
    },
  }
}
