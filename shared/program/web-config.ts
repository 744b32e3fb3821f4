// Settings of the pages.

import { refuse, stageConfig } from './config.ts'
import type { StageConfig } from './config.ts'
import { readMailConfig } from './notify-config.ts'
import type { MailConfig } from './notify-config.ts'

export interface WebConfig extends StageConfig, MailConfig {
  host: string
  port: number
  /** How many proxies are in front, the first of which speaks TLS: each says from where it was asked. */
  proxies: number
  /** The login of the portal; undefined: there is no portal. */
  portalUrl: string | undefined
  /** A server that follows, for what only reads; undefined: there is none. */
  replicaUrl: string | undefined
  /** Where npm start looks for exchanges that are added on a page; empty elsewhere. */
  exchangesFolder: string
  /** Where people find the pages, for letters; null: no letter leads there. */
  url: string | null
  /** How often a key of the API may ask. */
  ratePerMinute: number
}

/** Throws a Complaint that names all mistakes at once. The n-th process of a host listens n higher. */
export function readWebConfig(env: NodeJS.ProcessEnv): WebConfig {
  const mistakes: string[] = []
  // Its login is another than that of the stages: it may only act as who is logged in.
  const config = stageConfig(
    { ...env, DATABASE_URL: env['WEB_DATABASE_URL'] || env['DATABASE_URL'] },
    mistakes,
  )
  const written = env['WEB_PORT'] || '8080'
  const port = Number(written)
  if (!/^\d+$/.test(written) || port < 1 || port > 65_000)
    mistakes.push(`WEB_PORT must be a port from 1 to 65000, not "${written}"`)
  const trust = env['TRUST_PROXY'] || 'no'
  if (!/^(yes|no|[1-9])$/.test(trust))
    mistakes.push(`TRUST_PROXY must be yes, no or the number of proxies, not "${trust}"`)
  const rate = env['RATE_PER_MINUTE'] || '3000'
  if (!/^[1-9]\d{0,6}$/.test(rate))
    mistakes.push(`RATE_PER_MINUTE must be a whole number from 1 to 9999999, not "${rate}"`)
  const mail = readMailConfig(env, mistakes)
  const url = env['WEB_URL'] || null
  if (url !== null && !/^https?:\/\/[^\s/]+$/.test(url))
    mistakes.push(`WEB_URL must be such as https://billing.example.com, without a path, not "${url}"`)
  const replicaUrl = env['WEB_REPLICA_URL'] || undefined
  if (replicaUrl !== undefined && !/^postgres(ql)?:\/\/[^,]+$/.test(replicaUrl))
    mistakes.push('WEB_REPLICA_URL must be such as postgres://web:password@replica/paidcalls, of one server')
  refuse(mistakes)
  return {
    ...config,
    ...mail,
    host: env['WEB_HOST'] || '127.0.0.1',
    port: port + Number(env['NODE_APP_INSTANCE'] ?? 0),
    proxies: trust === 'yes' ? 1 : Number(trust === 'no' ? 0 : trust),
    portalUrl: env['PORTAL_DATABASE_URL'] || undefined,
    replicaUrl,
    exchangesFolder: env['EXCHANGES_FOLDER'] ?? '',
    url,
    ratePerMinute: Number(rate),
  }
}
