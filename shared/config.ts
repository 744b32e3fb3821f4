// Settings come from the environment, are read once, checked together, and fail before the first call.

import { Complaint } from './complaint.ts'
import { serversOf } from './database-url.ts'

export { Complaint }

export interface StageConfig {
  databaseUrl: string
  lanes: number
  logLevel: LogLevel
}

export interface ImportConfig extends StageConfig {
  source: string
  cdrUrl: URL
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const lanesMost = 64
const lanesDefault = 4

/** Settings of every stage. Throws a Complaint that names all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv): StageConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  refuse(mistakes)
  return config
}

/** Settings of import: those of a stage, the name of its source and where the records are. */
export function readImportConfig(env: NodeJS.ProcessEnv): ImportConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  const source = env['SOURCE'] ?? ''
  if (source === '') mistakes.push('SOURCE is not set (the name of a row of table source)')
  const cdrUrl = readUrl(
    env,
    'CDR_URL',
    ['mysql:', 'mariadb:', 'sqlite:', 'csv:', 'postgres:', 'postgresql:'],
    mistakes,
  )
  refuse(mistakes)
  return { ...config, source, cdrUrl }
}

function stageConfig(env: NodeJS.ProcessEnv, mistakes: string[]): StageConfig {
  const databaseUrl = env['DATABASE_URL'] ?? ''
  try {
    if (databaseUrl === '') mistakes.push('DATABASE_URL is not set')
    else serversOf(databaseUrl)
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    mistakes.push(error.message.replace(/\.$/, ''))
  }
  const lanes = Number(env['LANES'] ?? lanesDefault)
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > lanesMost) {
    mistakes.push(`LANES must be a whole number from 1 to ${lanesMost}, not "${env['LANES'] ?? ''}"`)
  }
  const logLevel = logLevels.find((level) => level === (env['LOG_LEVEL'] ?? 'info'))
  if (!logLevel)
    mistakes.push(`LOG_LEVEL must be one of ${logLevels.join(', ')}, not "${env['LOG_LEVEL'] ?? ''}"`)
  return { databaseUrl, lanes, logLevel: logLevel ?? 'info' }
}

function readUrl(env: NodeJS.ProcessEnv, name: string, protocols: string[], mistakes: string[]): URL {
  const written = env[name] ?? ''
  const nowhere = new URL('none:')
  if (written === '') {
    mistakes.push(`${name} is not set`)
    return nowhere
  }
  const url = URL.canParse(written) ? new URL(written) : nowhere
  // The value itself is not repeated: it may hold a password.
  if (!protocols.includes(url.protocol)) {
    mistakes.push(`${name} must begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
  }
  return url
}

function refuse(mistakes: string[]): void {
  if (mistakes.length > 0) throw new Complaint(`Configuration: ${mistakes.join('; ')}.`)
}
