// Statements that could not be made, or are made for nobody.

import { bad, doubtful, good } from './finding.ts'
import type { Check } from './finding.ts'

export const statements: Check = async (db) => {
  const { rows } = await db.query<{ failed: string | null; count: number; issued: boolean; sender: boolean }>(
    `-- doctor: are there statements that could not be made?
    select (select format('client %s, %s: %s', client_id, to_char(lower(period), 'YYYY-MM'), problem) from statement where problem is not null order by id desc limit 1) as failed,
      (select count(*) from statement where problem is not null)::integer as count,
      exists (select from statement where status = 'issued') as issued, exists (select from issuer) as sender`,
  )
  const { failed, count, issued, sender } = rows[0] ?? {
    failed: null,
    count: 0,
    issued: false,
    sender: false,
  }
  if (failed !== null)
    return [
      bad(
        `${count} statements could not be made, the last of ${failed}`,
        'Mend it and run npm run statement for that month again (docs/statements.md).',
      ),
    ]
  if (issued && !sender)
    return [
      doubtful(
        'statements are issued that do not say who sends them',
        'Enter name, address and tax id in table issuer (docs/statements.md).',
      ),
    ]
  return [good('no statement is missing')]
}
