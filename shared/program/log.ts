// What a process says: an event and its facts, a line each, on standard output. The stage's name stands in every line.

import pino from 'pino'

import { printable } from '../text/printable.ts'
import type { StageConfig } from './config.ts'

export type Log = pino.Logger

/** JSON for machines, or a line for people (`pretty`). */
export function createLog(
  stage: string,
  { logLevel, logFormat }: Pick<StageConfig, 'logLevel' | 'logFormat'>,
): Log {
  const options = { name: stage, level: logLevel }
  if (logFormat !== 'pretty') return pino(options)
  return pino(
    { ...options, base: {} },
    {
      write(line: string) {
        process.stdout.write(`${lineForPeople(line)}\n`)
      },
    },
  )
}

/** `2026-11-27 08:10:11Z WARN client: database is away reason="…"`: UTC, and harmless for a terminal. */
export function lineForPeople(line: string): string {
  // Written by pino: an object with these fields.
  const { time, level, name, msg, ...facts } = JSON.parse(line) as Record<string, string | number>
  const at = new Date(Number(time))
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
  const word = (pino.levels.labels[Number(level)] ?? '').toUpperCase()
  const told = Object.entries(facts).map(([fact, value]) => `${fact}=${JSON.stringify(value)}`)
  return [at, word, `${String(name)}:`, printable([String(msg), ...told].join(' '))].join(' ')
}
