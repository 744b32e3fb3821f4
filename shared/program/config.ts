// Settings come from the environment, are read once, checked together, and fail before the first call.

import { serversOf } from '../database/url.ts'
import { Complaint } from '../errors/complaint.ts'

export interface StageConfig {
  databaseUrl: string
  lanes: number
  logLevel: LogLevel
  /** For machines, or for people. */
  logFormat?: LogFormat | undefined
  /** Whether a login that no grant binds may be used. */
  allowsSuperuser?: boolean
  /** Where Prometheus may ask this process. */
  metrics?: { host: string; port: number } | undefined
}

export interface ImportConfig extends StageConfig {
  sources: SourceConfig[]
}

export interface SourceConfig {
  source: string
  cdrUrl: URL
}

export interface ScheduleConfig extends StageConfig {
  /** How many months after their price calls stay in the table the stages work in. */
  keepMonths: number
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
const logFormats = ['json', 'pretty'] as const
export type LogFormat = (typeof logFormats)[number]

const cdrProtocols = [
  'mysql:',
  'mariadb:',
  'sqlite:',
  'csv:',
  'jsonl:',
  'json:',
  'xml:',
  'postgres:',
  'postgresql:',
]
const lanesMost = 64
const lanesDefault = 4
const keepMonthsMost = 1200
const keepMonthsDefault = 3

/** Settings of every stage. Throws a Complaint that names all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv): StageConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  refuse(mistakes)
  return config
}

/** Whether this host is to import: a source, or where its records are, is named in the environment. */
export function namesSource(env: NodeJS.ProcessEnv): boolean {
  return Object.entries(env).some(([name, value]) => /^(SOURCE|CDR_URL)(_\d+)?$/.test(name) && value)
}

/** How many processes of each stage this host is to run under pm2, as far as the environment says. */
export function wantedProcesses(env: NodeJS.ProcessEnv): Record<string, number | undefined> {
  return Object.fromEntries(
    ['client', 'destination', 'tariff', 'schedule', 'rollup', 'authorize'].map((stage) => {
      const count = Number(env[`${stage.toUpperCase()}_PROCESSES`] || NaN)
      return [stage, Number.isInteger(count) ? count : undefined]
    }),
  )
}

/** Settings of import: those of a stage, and of each source its name and where its records are. */
export function readImportConfig(env: NodeJS.ProcessEnv): ImportConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  const sources = suffixesOfSources(env, mistakes).map((suffix) => ({
    source: env['SOURCE'] || (env[`SOURCE${suffix}`] ?? ''),
    cdrUrl: readUrl(env, `CDR_URL${suffix}`, cdrProtocols, mistakes),
  }))
  const twice = sources.find(({ source }, at) =>
    sources.slice(0, at).some((other) => other.source === source),
  )
  if (twice) mistakes.push(`two of SOURCE_1, SOURCE_2 … name the source ${twice.source}`)
  refuse(mistakes)
  return { ...config, sources }
}

/** Settings of schedule: those of a stage, and when calls are old. */
export function readScheduleConfig(env: NodeJS.ProcessEnv): ScheduleConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  const keepMonths = Number(env['KEEP_MONTHS'] || keepMonthsDefault)
  if (!Number.isInteger(keepMonths) || keepMonths < 1 || keepMonths > keepMonthsMost) {
    mistakes.push(
      `KEEP_MONTHS must be a whole number from 1 to ${keepMonthsMost}, not "${env['KEEP_MONTHS'] ?? ''}"`,
    )
  }
  refuse(mistakes)
  return { ...config, keepMonths }
}

/**
 * SOURCE names the one source to be read; its URL is CDR_URL, or the one that goes with SOURCE_2 if that names the same
 * source. Without SOURCE all of SOURCE_1, SOURCE_2 … are read.
 */
function suffixesOfSources(env: NodeJS.ProcessEnv, mistakes: string[]): string[] {
  const numbered = Object.keys(env)
    .map((name) => /^SOURCE(_\d+)$/.exec(name)?.[1] ?? '')
    .filter((suffix) => suffix !== '' && env[`SOURCE${suffix}`] !== '')
    .sort((one, other) => Number(one.slice(1)) - Number(other.slice(1)))
  const only = env['SOURCE'] ?? ''
  for (const suffix of Object.keys(env).map((name) => /^CDR_URL(_\d+)$/.exec(name)?.[1]))
    if (suffix !== undefined && env[`CDR_URL${suffix}`] && !env[`SOURCE${suffix}`])
      mistakes.push(`CDR_URL${suffix} is set and SOURCE${suffix} is not`)
  if (only === '') {
    if (numbered.length === 0) mistakes.push('SOURCE is not set (the name of a row of table source)')
    return numbered.length === 0 ? [''] : numbered
  }
  const twin = numbered.find((suffix) => env[`SOURCE${suffix}`] === only)
  if (twin === undefined) return ['']
  const [url, twinUrl] = [env['CDR_URL'], env[`CDR_URL${twin}`]]
  if (url && twinUrl && url !== twinUrl)
    mistakes.push(`CDR_URL and CDR_URL${twin} say different things of the source ${only}`)
  return [twinUrl ? twin : '']
}

/** Settings of every stage, with what is wrong with them added to `mistakes`. */
export function stageConfig(env: NodeJS.ProcessEnv, mistakes: string[]): StageConfig {
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
  const logFormat = logFormats.find((format) => format === (env['LOG_FORMAT'] || 'json'))
  if (!logFormat)
    mistakes.push(`LOG_FORMAT must be one of ${logFormats.join(', ')}, not "${env['LOG_FORMAT'] ?? ''}"`)
  return {
    databaseUrl,
    lanes,
    logLevel: logLevel ?? 'info',
    logFormat,
    allowsSuperuser: env['ALLOW_SUPERUSER'] === 'yes',
    metrics: metricsAddress(env, mistakes),
  }
}

/** Under pm2 each stage has its ports from METRICS_PORT on (METRICS_OFFSET), and its processes count on from there. */
function metricsAddress(env: NodeJS.ProcessEnv, mistakes: string[]): StageConfig['metrics'] {
  const written = env['METRICS_PORT'] ?? ''
  if (written === '') return undefined
  const port = Number(written) + Number(env['METRICS_OFFSET'] ?? 0) + Number(env['NODE_APP_INSTANCE'] ?? 0)
  if (!/^\d+$/.test(written) || !Number.isInteger(port) || port < 1 || port > 65_535)
    mistakes.push(`METRICS_PORT must be a port from 1 to 65535, not "${written}"`)
  return { host: env['METRICS_HOST'] ?? '127.0.0.1', port }
}

function readUrl(env: NodeJS.ProcessEnv, name: string, protocols: string[], mistakes: string[]): URL {
  const written = env[name] ?? ''
  const nowhere = new URL('none:')
  if (written === '') {
    mistakes.push(`${name} is not set`)
    return nowhere
  }
  const known = protocols.some((protocol) => written.startsWith(`${protocol}//`))
  // What follows a / or a # in a password is taken for the path.
  if (
    known &&
    (!URL.canParse(written) || new URL(written).pathname.includes('@') || new URL(written).hash !== '')
  ) {
    mistakes.push(
      `${name} is no URL: special characters in a user or a password are written as %40 (@), %2F (/), %23 (#) and so on`,
    )
    return nowhere
  }
  const url = URL.canParse(written) ? new URL(written) : nowhere
  // The value itself is not repeated: it may hold a password.
  if (!protocols.includes(url.protocol)) {
    mistakes.push(`${name} must begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
  }
  return url
}

/** Throws a Complaint that names all mistakes; nothing when there are none. */
export function refuse(mistakes: string[]): void {
  if (mistakes.length > 0) throw new Complaint(`Configuration: ${mistakes.join('; ')}.`)
}
