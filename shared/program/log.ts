import pino from 'pino'

import type { LogLevel } from './config.ts'

/** JSON lines on standard output: an event and its facts. The stage's name stands in every line. */
export function createLog(stage: string, level: LogLevel): Log {
  return pino({ name: stage, level })
}

export type Log = pino.Logger
