// One sentence for people about an error, without stack and passwords.

import { printable } from '../text/printable.ts'
import { codeOf } from './whose-fault.ts'

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

/** One sentence for people about an error nobody foresaw, without stack, and without passwords that stand in URLs. */
export function sentenceFor(error: unknown): string {
  const code = codeOf(error)
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceFor(error.errors[0])
  const message = withoutPasswords(printable(error instanceof Error ? error.message : String(error)))
  const [, mend] = certificates.find(([told]) => told.test(message)) ?? []
  if (mend !== undefined) return mend.replace('%', () => message)
  if (/unexpected \w+ message from backend/.test(message))
    return 'What listens there does not speak as PostgreSQL does: check host and port in the URL (MySQL and MariaDB are mysql://).'
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
    case '57014':
      return `The server ended a query (${message}): where that is its statement_timeout, raise it for this login.`
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
