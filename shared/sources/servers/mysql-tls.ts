// TLS to MySQL and MariaDB, by the names their own clients have for it: ssl-mode and ssl-ca in CDR_URL.

import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'

import type { SslOptions } from 'mysql2'

import { Complaint } from '../../errors/complaint.ts'

const modes = ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY']

/** Undefined: without TLS. An authority alone asks for VERIFY_IDENTITY. Throws a Complaint about what cannot be. */
export function tlsOf(url: URL): SslOptions | undefined {
  const file = url.searchParams.get('ssl-ca')
  const mode = (url.searchParams.get('ssl-mode') ?? (file === null ? 'DISABLED' : 'VERIFY_IDENTITY'))
    .toUpperCase()
    .replace('-', '_')
  if (!modes.includes(mode)) throw new Complaint(`ssl-mode in CDR_URL is one of ${modes.join(', ')}.`)
  if (mode === 'DISABLED') return undefined
  if (file !== null && !existsSync(file))
    throw new Complaint(`ssl-ca in CDR_URL names a file that is not there: ${file}.`)
  // The driver compares a certificate with names only.
  if (mode === 'VERIFY_IDENTITY' && isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0)
    throw new Complaint('ssl-mode=VERIFY_IDENTITY wants a host name in CDR_URL, not an address.')
  return {
    ...(file === null ? {} : { ca: readFileSync(file) }),
    rejectUnauthorized: mode !== 'REQUIRED',
    verifyIdentity: mode === 'VERIFY_IDENTITY',
  }
}
