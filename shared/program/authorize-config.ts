// Settings of authorize: where it listens, who may ask, and what it says when there is no answer.

import { isIP } from 'node:net'

import { refuse, stageConfig } from './config.ts'
import type { StageConfig } from './config.ts'

export interface AuthorizeConfig extends StageConfig {
  host: string
  port: number
  agiPort: number
  /** Null: nobody is asked for one, which is allowed on loopback only. */
  token: string | null
  /** Networks that may ask over FastAGI, such as 10.0.0.0/8. */
  agiFrom: readonly { address: string; prefix: number }[]
  onFailure: 'refuse' | 'allow'
  failureSec: number
  /** An answer is given within so many milliseconds. */
  answerMs: number
}

const loopback = [
  { address: '127.0.0.0', prefix: 8 },
  { address: '::1', prefix: 128 },
]

/** Throws a Complaint that names all mistakes at once. The n-th process of a host listens n higher. */
export function readAuthorizeConfig(env: NodeJS.ProcessEnv): AuthorizeConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  const instance = Number(env['NODE_APP_INSTANCE'] ?? 0)
  const number = (name: string, otherwise: number, least: number, most: number): number => {
    const written = env[name] || String(otherwise)
    const value = Number(written)
    if (!/^\d+$/.test(written) || value < least || value > most)
      mistakes.push(`${name} must be a whole number from ${least} to ${most}, not "${written}"`)
    return value
  }
  const host = env['AUTHORIZE_HOST'] || '127.0.0.1'
  const token = env['AUTHORIZE_TOKEN'] || null
  if (token === null && !isLoopback(host))
    mistakes.push('AUTHORIZE_TOKEN is not set: without it AUTHORIZE_HOST must be on loopback')
  const onFailure = env['ON_FAILURE'] || 'refuse'
  if (onFailure !== 'refuse' && onFailure !== 'allow')
    mistakes.push(`ON_FAILURE must be refuse or allow, not "${onFailure}"`)
  const read = {
    ...config,
    host,
    port: number('AUTHORIZE_PORT', 8081, 1, 65_000) + instance,
    agiPort: number('AGI_PORT', 4573, 1, 65_000) + instance,
    token,
    agiFrom: readNetworks(env['AGI_FROM'] ?? '', mistakes),
    onFailure: onFailure === 'allow' ? ('allow' as const) : ('refuse' as const),
    failureSec: number('FAILURE_SEC', 60, 1, 86_400),
    answerMs: number('ANSWER_MS', 800, 50, 60_000),
  }
  refuse(mistakes)
  return read
}

function readNetworks(written: string, mistakes: string[]): AuthorizeConfig['agiFrom'] {
  const given = written.split(/[\s,]+/).filter((network) => network !== '')
  return given.length === 0
    ? loopback
    : given.map((network) => {
        const [address = '', length] = network.split('/')
        const version = isIP(address)
        const most = version === 6 ? 128 : 32
        const prefix = length === undefined ? most : Number(length)
        if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most)
          mistakes.push(`AGI_FROM must hold networks such as 10.0.0.0/8, not "${network}"`)
        return { address, prefix }
      })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}
