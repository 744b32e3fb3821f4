// npm run web -- --key and --revoke: what is said at a terminal about keys.

import { Complaint } from '../errors/complaint.ts'
import { createKeys } from './keys.ts'

export const keyOptions = {
  key: { type: 'string' },
  role: { type: 'string' },
  scopes: { type: 'string' },
  source: { type: 'string' },
  days: { type: 'string' },
  revoke: { type: 'string' },
} as const

export type KeyWords = Partial<Record<keyof typeof keyOptions, string>>

/** Makes or ends a key and says so; null when no key was spoken of. */
export async function manageKeys(databaseUrl: string, words: KeyWords): Promise<string | null> {
  const { key: name, role = 'reader', scopes, source, days, revoke } = words
  if (name === undefined && revoke === undefined) return null
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days))
    throw new Complaint(`--days must be a whole number of days, not "${days}".`)
  const keys = createKeys(databaseUrl)
  try {
    if (revoke !== undefined) {
      await keys.revoke(revoke)
      return `The key ${revoke} is ended; what uses it is refused within two seconds.\n`
    }
    const token = await keys.make({
      ...{ name: name ?? '', role, source },
      scopes: (scopes ?? (source === undefined ? 'read' : 'push')).split(',').map((scope) => scope.trim()),
      expires: days === undefined ? undefined : new Date(Date.now() + Number(days) * 86_400_000),
    })
    return `The key ${name ?? ''}, which is shown this once: ${token}\n`
  } finally {
    await keys.close()
  }
}
