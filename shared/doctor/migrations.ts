// Whether the database is as new as the program.

import type { Database } from '../database/connect.ts'
import { appliedMigrations, ownMigrations, schemaElsewhere } from '../database/migrations.ts'
import { bad, doubtful, good } from './finding.ts'
import type { Finding } from './finding.ts'

export const notMigrated = 'the database is not migrated'

/** Names of the files, and whether each is in the database as it is here. */
export async function examineMigrations(db: Database): Promise<Finding[]> {
  const applied = await appliedMigrations(db)
  if (!applied) {
    const schema = await schemaElsewhere(db)
    return [
      schema === undefined
        ? bad(notMigrated, 'Run npm run migrate.')
        : bad(
            `${notMigrated} where this login looks: its tables are in schema ${schema}`,
            `alter role … set search_path = ${schema}, and grant usage on the schema.`,
          ),
    ]
  }
  const own = ownMigrations()
  const missing = own.filter(({ name }) => !applied.has(name))
  const unknown = [...applied.keys()].filter((name) => !own.some((one) => one.name === name))
  const edited = own.filter(({ name, hash }) => applied.has(name) && applied.get(name) !== hash)
  const findings = [
    ...(missing.length > 0
      ? [bad(`migrations are missing: ${namesOf(missing)}`, 'Run npm run migrate.')]
      : []),
    ...(unknown.length > 0
      ? [
          doubtful(
            `the database is newer than this program: ${unknown.join(', ')}`,
            'Upgrade the program on this host.',
          ),
        ]
      : []),
    ...(edited.length > 0
      ? [
          bad(
            `migrations were edited after they were applied: ${namesOf(edited)}`,
            'Bring back the files, or create the database anew.',
          ),
        ]
      : []),
  ]
  return findings.length > 0 ? findings : [good(`all ${own.length} migrations are applied`)]
}

function namesOf(migrations: readonly { name: string }[]): string {
  return migrations.map(({ name }) => name).join(', ')
}
