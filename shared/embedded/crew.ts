// Programs that are kept running, where there is no pm2.

import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { createChildren } from './children.ts'
import type { Child } from './children.ts'

// A program finishes what it has in hand and leaves; one that does not is ended.
const [patienceMs, againMs] = [8_000, 1_000]

export interface Crew {
  /**
   * Starts a program, and starts it again when it ends by itself. What it says goes to a file of `logs` under `name`. One that has
   * the name already is ended, and this one takes its place.
   */
  start: (name: string, program: string, env: Record<string, string>) => void
  /** Runs a program to its end; gives back what it wrote to standard output. Throws what it wrote to standard error when it ends badly. */
  run: (program: string, args: readonly string[], env: Record<string, string>) => Promise<string>
  /** Ends all of them. */
  stop: () => Promise<void>
}

export function createCrew(logs: string): Crew {
  mkdirSync(logs, { recursive: true })
  const { launch, isStopping, stop } = createChildren({ patienceMs, detached: true })
  const wanted = new Map<string, () => void>()
  const working = new Map<string, Child>()
  function start(name: string, program: string, env: Record<string, string>): void {
    const again = (): void => {
      if (isStopping()) return
      const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' })
      const child = launch(program, [], env)
      working.set(name, child)
      child.stdout.pipe(log, { end: false })
      child.stderr.pipe(log, { end: false })
      child.once('close', () => {
        log.end()
        setTimeout(() => wanted.get(name)?.(), againMs).unref()
      })
    }
    wanted.set(name, again)
    const before = working.get(name)
    if (before) before.kill('SIGTERM')
    else again()
  }
  return {
    start,
    stop,
    run(program, args, env) {
      const child = launch(program, args, env)
      const [said, wrong]: [string[], string[]] = [[], []]
      child.stdout.on('data', (part: Buffer) => said.push(part.toString()))
      child.stderr.on('data', (part: Buffer) => wrong.push(part.toString()))
      return new Promise((resolve, reject) => {
        child.once('close', (code) => {
          if (code === 0) resolve(said.join(''))
          else reject(new Error(wrong.join('').trim()))
        })
      })
    },
  }
}
