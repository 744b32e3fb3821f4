// The URL of the billing database. It may name several servers, of which one can be written at a time:
// postgres://user:password@one:5432,two:5432/paidcalls. No parser of URLs knows several hosts, and pg connects to one.

import { existsSync } from 'node:fs'

import { Complaint } from '../errors/complaint.ts'

export interface Servers {
  /** A URL each, in the order given. */
  urls: readonly string[]
  /** False: one that only reads will do (target_session_attrs=any). */
  written: boolean
}

// What stands before the hosts, the hosts, and what stands behind them.
const parts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)([/?#].*)?$/
const host = /^(?:[^:[\],\s]+|\[[0-9a-fA-F:.%]+\])?(?::\d{1,5})?$/
const filesOfTls = ['sslrootcert', 'sslcert', 'sslkey']
// pg takes each of these for verify-full, with a warning; so it is said outright.
const verifying = ['prefer', 'require', 'verify-ca', 'verify-full']

/** Throws a Complaint that does not repeat the URL, since it holds a password. */
export function serversOf(databaseUrl: string): Servers {
  const [, before = '', hosts = '', behind = ''] = parts.exec(databaseUrl.trim()) ?? []
  if (before === '') throw new Complaint('DATABASE_URL must begin with postgres:// or postgresql://.')
  const urls = hosts.split(',').map((one) => {
    const written = `${before}${one}${behind}`
    // What follows a / in a password is taken for the path.
    if (!host.test(one) || !canBeParsed(written) || /^[^?]*@/.test(behind))
      throw new Complaint(
        'DATABASE_URL is like postgres://user:password@host:5432/paidcalls, several hosts with commas between: special characters in a password are written as %40 and so on.',
      )
    return written
  })
  const read = urls.map((url) => settingsOf(url))
  return { urls: read.map(({ url }) => url), written: read.every(({ written }) => written) }
}

// Without a host (a socket named by ?host=) the user cannot stand in a URL as the standard has it; pg allows it.
function canBeParsed(url: string): boolean {
  return URL.canParse(url) || URL.canParse(url.replace('@/', '@socket/'))
}

function settingsOf(url: string): { url: string; written: boolean } {
  const at = url.indexOf('?')
  if (at < 0) return { url, written: true }
  const settings = new URLSearchParams(url.slice(at + 1))
  const attributes = settings.get('target_session_attrs') ?? 'read-write'
  if (!['read-write', 'primary', 'any'].includes(attributes))
    throw new Complaint('target_session_attrs in DATABASE_URL is read-write, primary or any.')
  settings.delete('target_session_attrs')
  const mode = settings.get('sslmode')
  if (mode !== null && !['disable', 'no-verify', ...verifying].includes(mode))
    throw new Complaint(`sslmode in DATABASE_URL is disable, no-verify or verify-full, not "${mode}".`)
  if (mode !== null && verifying.includes(mode)) settings.set('sslmode', 'verify-full')
  settings.delete('uselibpqcompat')
  for (const name of filesOfTls) {
    const file = settings.get(name)
    if (file !== null && !existsSync(file))
      throw new Complaint(`${name} in DATABASE_URL names a file that is not there: ${file}.`)
  }
  return { url: `${url.slice(0, at)}?${settings.toString()}`, written: attributes !== 'any' }
}

/** Host and port for people, without user and password. */
export function nameOf(url: string): string {
  const [, , one = ''] = parts.exec(url) ?? []
  return one === '' ? 'the server of this host' : one
}
