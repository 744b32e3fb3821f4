// What every program does: find out that it is the program, stop on a signal, and end a mistake with a sentence.

import { setMaxListeners } from 'node:events'
import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { printableLines } from '../text/printable.ts'

/**
 * Runs `main` when the file at `url` is the program that was started, not when it is imported by a test.
 * The signal given to `main` aborts on SIGINT and SIGTERM. What `main` throws is told as one sentence on
 * standard error, and the process ends with code 1.
 */
export function runProgram(url: string, name: string, main: (stop: AbortSignal) => Promise<void>): void {
  if (!isProgram(url)) return
  if (existsSync('.env')) process.loadEnvFile('.env')
  const stop = new AbortController()
  // Every source and every rest listens to it: many are no leak.
  setMaxListeners(0, stop.signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort()
    })
  }
  main(stop.signal).then(
    () => process.exit(process.exitCode ?? 0),
    (error: unknown) => {
      // Names from the database and words from arguments stand in a complaint as they are.
      const said = error instanceof Complaint ? printableLines(error.message) : sentenceFor(error)
      process.stderr.write(`${name}: ${said}\n`)
      process.exit(1)
    },
  )
}

/** Under pm2 argv[1] is its wrapper, and a path may lead through a symbolic link. */
function isProgram(url: string): boolean {
  const started = process.env['pm_exec_path'] ?? process.argv[1]
  return (
    started !== undefined && existsSync(started) && realpathSync(started) === realpathSync(fileURLToPath(url))
  )
}
