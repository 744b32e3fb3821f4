// Programs that are kept running, where there is no pm2.

import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { createChildren } from './children.ts'

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
  const { launch, isStopping, stop } = createChildren({ patienceMs, detached: true })
  function start(name: string, program: string, env: Record<string, string>): void {
    if (isStopping()) return
    const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' })
    const child = launch(program, [], env)
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    child.once('close', () => {
      log.end()
      setTimeout(start, againMs, name, program, env).unref()
    })
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
