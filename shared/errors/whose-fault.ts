// Errors sorted by who can do something about them.

// Lost connections, lock conflicts, a full disk or too many clients, a DBA's intervention, the system: no call's fault.
const nobodysClasses = ['08', '25', '40', '53', '57', '58']
const lockNotAvailable = '55P03'
// A connection that was cut while a transaction was open.
const idleInTransaction = '25P03'

const nobodysSystemErrors = /^(E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_|NOTFOUND|ADDR)|PROTOCOL_CONNECTION_LOST)/
const lostConnection =
  /connection (terminated|error|was closed|timeout)|client was closed|timeout (expired|exceeded)|read timeout|not queryable/i

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

/** True for a query that took longer than statement_timeout lets it: a smaller one may do. */
export function isTooLong(error: unknown): boolean {
  return codeOf(error) === '57014' && error instanceof Error && /statement timeout/.test(error.message)
}

/** True when the statements do not fit the database: a table or column is missing, or may not be used. Trying again is of no use. */
export function isProgramsFault(error: unknown): boolean {
  return /^42[0-9A-Z]{3}$/.test(codeOf(error) ?? '')
}
