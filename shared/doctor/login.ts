// Whether the login of this program may do what it needs and no more, and whether the database is as new as the program.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

import type { Database } from '../database/connect.ts'
import { bad, doubtful, good } from './server.ts'
import type { Finding } from './server.ts'

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

/** Whether the login is a superuser, and which rights of a stage it lacks. */
export async function examineRole(db: Database, allowSuperuser: boolean): Promise<Finding[]> {
  const { rows } = await db.query<{ name: string; superuser: boolean; roles: boolean }>(
    `-- doctor: who am I?
    select rolname as name, rolsuper as superuser, to_regrole('paidcalls_stage') is not null as roles
    from pg_roles where rolname = session_user`,
  )
  const { name, superuser, roles } = rows[0] ?? { name: '?', superuser: false, roles: false }
  if (superuser) {
    const advice = 'Put a login that is a member of paidcalls_stage into DATABASE_URL (docs/security.md).'
    return [
      allowSuperuser
        ? doubtful(`${name} is a superuser, as ALLOW_SUPERUSER allows`, advice)
        : bad(`${name} is a superuser`, advice),
    ]
  }
  if (!roles)
    return [
      doubtful(
        'the role paidcalls_stage is not there',
        'Let a superuser create it and migrate again: what migrate says names it.',
      ),
    ]
  const { rows: lacks } = await db.query<{ right: string }>(
    `-- doctor: what does this login lack of what stages need?
    select lower(privilege_type) || ' on ' || relname as right
    from pg_class cross join aclexplode(relacl)
    where grantee = to_regrole('paidcalls_stage') and relkind in ('r', 'v') and not has_table_privilege(pg_class.oid, privilege_type)
    order by 1`,
  )
  if (lacks.length === 0) return [good(`${name} may do what stages need`)]
  const few = lacks.slice(0, 3).map(({ right }) => right)
  return [
    bad(
      `${name} may not do what stages need: ${few.join(', ')}${lacks.length > 3 ? ` and ${lacks.length - 3} more` : ''}`,
      `grant paidcalls_stage to ${name}; or, if it is a member, run npm run migrate.`,
    ),
  ]
}
