// Whether the login of this program may do what it needs and no more.

import type { Database } from '../database/connect.ts'
import { bad, doubtful, good } from './finding.ts'
import type { Finding } from './finding.ts'

/** Whether the login is a superuser, and which rights of a stage it lacks. */
export async function examineRole(db: Database, allowsSuperuser: boolean | undefined): Promise<Finding[]> {
  const { rows } = await db.query<{ name: string; superuser: boolean; roles: boolean }>(
    `-- doctor: who am I?
    select rolname as name, rolsuper as superuser, to_regrole('paidcalls_stage') is not null as roles
    from pg_roles where rolname = session_user`,
  )
  const { name, superuser, roles } = rows[0] ?? { name: '?', superuser: false, roles: false }
  if (superuser) {
    const advice = 'Put a login that is a member of paidcalls_stage into DATABASE_URL (docs/security.md).'
    return [
      allowsSuperuser
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
