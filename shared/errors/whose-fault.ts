// Errors sorted by who can do something about them.

import { printable } from '../text/printable.ts'

// Lost connections, lock conflicts, a full disk or too many clients, a DBA's intervention, the system: no call's fault.
const nobodysClasses = ['08', '25', '40', '53', '57', '58']
const lockNotAvailable = '55P03'
// A connection that was cut while a transaction was open.
const idleInTransaction = '25P03'

const nobodysSystemErrors = /^(E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_|NOTFOUND|ADDR)|PROTOCOL_CONNECTION_LOST)/
const lostConnection =
  /connection (terminated|error|was closed|timeout)|client was closed|timeout expired|read timeout|not queryable/i

// What is wrong with a certificate, in the words of OpenSSL: drivers put codes of their own in the place of Node's.
const certificates: readonly [told: RegExp, mend: string][] = [
  [/certificate has expired/, `The server's certificate has expired (%): renew it.`],
  [
    /does not match certificate's altnames/,
    `The server's certificate is for another name (%): use the name in the URL that stands in the certificate.`,
  ],
  [
    /self[- ]signed certificate|unable to (verify the first|get (local )?issuer) certificate/,
    `Nobody this host trusts has signed the server's certificate (%): name the certificate of its authority in the URL (sslrootcert=, for MySQL ssl-ca=).`,
  ],
  [/does not support SSL/, `The server does not offer TLS (%): switch it on there.`],
]

/** SQLSTATE or system error code of an error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** True when the error says nothing against the call in hand: try it again and count nothing. */
export function isNobodysFault(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined) return error instanceof Error && lostConnection.test(error.message)
  if (code === lockNotAvailable || code === idleInTransaction) return true
  if (/^[0-9A-Z]{5}$/.test(code)) return code !== '25P02' && nobodysClasses.includes(code.slice(0, 2))
  return nobodysSystemErrors.test(code)
}

/** True for what another try on the same connection may mend: a deadlock, a lock not had in time, a statement cancelled by a DBA. */
export function passes(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  return code.startsWith('40') || code === lockNotAvailable || code === '57014'
}

/** True when the statements do not fit the database: a table or column is missing, or may not be used. Trying again is of no use. */
export function isProgramsFault(error: unknown): boolean {
  return /^42[0-9A-Z]{3}$/.test(codeOf(error) ?? '')
}

/** One sentence for people about an error nobody foresaw, without stack, and without passwords that stand in URLs. */
export function sentenceFor(error: unknown): string {
  const code = codeOf(error)
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceFor(error.errors[0])
  const message = withoutPasswords(printable(error instanceof Error ? error.message : String(error)))
  const [, mend] = certificates.find(([told]) => told.test(message)) ?? []
  if (mend !== undefined) return mend.replace('%', () => message)
  switch (code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
      return `The server cannot be reached (${message}): check host and port in the URL, and that it runs.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host is not known (${message}): check it in the URL.`
    case '28P01':
    case '28000':
    case 'ER_ACCESS_DENIED_ERROR':
      return `The server refuses the login (${message}): check user and password in the URL.`
    case '3D000':
    case 'ER_BAD_DB_ERROR':
      return `There is no such database (${message}): check its name in the URL, or create it.`
    case '25006':
      return `No server of DATABASE_URL can be written (${message}): wait for the failover, or name the primary.`
    case '42P01':
      return `A table is missing (${message}): run npm run migrate.`
    case '42501':
      return `The database user may not do this (${message}): grant what is missing.`
    default:
      return `${message.replace(/\.$/, '')}.`
  }
}

/** Hides what stands between // and @ of a URL, and passwords among its settings. */
function withoutPasswords(text: string): string {
  return text.replace(/\/\/\S*@/g, '//***@').replace(/\b(password=)[^&\s]*/gi, '$1***')
}
