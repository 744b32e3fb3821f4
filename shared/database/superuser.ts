// Stages do not run as a superuser, whom no grant binds, unless they are told to.

import { Complaint } from '../errors/complaint.ts'
import type { Database } from './connect.ts'

/** Throws a Complaint when this connection is a superuser's, which ALLOW_SUPERUSER allows. */
export async function refuseSuperuser(db: Database, allowed: boolean | undefined): Promise<void> {
  if (allowed) return
  const { rows } = await db.query<{ name: string; rolsuper: boolean }>(
    '-- is this a superuser?\nselect rolname as name, rolsuper from pg_roles where rolname = session_user',
  )
  if (rows[0]?.rolsuper)
    throw new Complaint(
      `The database user ${rows[0].name} is a superuser, whom nothing keeps from changing prices and the log: ` +
        'put a login that is a member of paidcalls_stage into DATABASE_URL, or set ALLOW_SUPERUSER=yes.',
    )
}
