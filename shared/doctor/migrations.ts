// Whether the database is as new as the program.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

import type { Database } from '../database/connect.ts'
import { bad, doubtful, good } from './finding.ts'
import type { Finding } from './finding.ts'

const migrations = new URL('../../sql/migrations/', import.meta.url)

/** Names of the files, and whether each is in the database as it is here. */
export async function examineMigrations(db: Database): Promise<Finding[]> {
  const { rows: found } = await db.query<{ there: boolean }>(
    `-- doctor: is it migrated?\nselect to_regclass('migration') is not null as there`,
  )
  if (!found[0]?.there) return [bad('the database is not migrated', 'Run npm run migrate.')]
  const { rows } = await db.query<{ name: string; hash: string }>(
    '-- doctor: which migrations has it seen?\nselect name, hash from migration',
  )
  const applied = new Map(rows.map(({ name, hash }) => [name, hash]))
  const files = readdirSync(migrations).filter((name) => name.endsWith('.sql'))
  const missing = files.filter((name) => !applied.has(name))
  const unknown = [...applied.keys()].filter((name) => !files.includes(name))
  const other = files.filter((name) => {
    const hash = applied.get(name)
    return (
      hash !== undefined &&
      hash !==
        createHash('sha256')
          .update(readFileSync(new URL(name, migrations)))
          .digest('hex')
    )
  })
  return [
    ...(missing.length > 0
      ? [bad(`migrations are missing: ${missing.join(', ')}`, 'Run npm run migrate.')]
      : []),
    ...(unknown.length > 0
      ? [
          doubtful(
            `the database is newer than this program: ${unknown.join(', ')}`,
            'Upgrade the program on this host.',
          ),
        ]
      : []),
    ...(other.length > 0
      ? [
          bad(
            `migrations were edited after they were applied: ${other.join(', ')}`,
            'Bring back the files, or create the database anew.',
          ),
        ]
      : []),
    ...(missing.length + unknown.length + other.length === 0
      ? [good(`all ${files.length} migrations are applied`)]
      : []),
  ]
}
