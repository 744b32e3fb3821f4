// Whether balances are what their entries say, and whether money is held that nobody will give back.

import { bad, doubtful, good } from './finding.ts'
import type { Check, Finding } from './finding.ts'

export const accounts: Check = async (db) => {
  const { rows } = await db.query<{ wrong: number; behind: number; stuck: number }>(
    `-- doctor: are balances what their entries say?
    select (select count(*) from account where balance <> (select coalesce(sum(amount), 0) from account_entry where account_id = account.id)
        or reserved <> (select coalesce(sum(amount), 0) from reservation where account_id = account.id and settled_at is null))::integer as wrong,
      (select count(*) from (select from unbooked limit 1000) waiting)::integer as behind,
      (select count(*) from reservation where settled_at is null and ends_at < now() - interval '1 day')::integer as stuck`,
  )
  const { wrong, behind, stuck } = rows[0] ?? { wrong: 0, behind: 0, stuck: 0 }
  const findings: Finding[] = []
  if (wrong > 0)
    findings.push(
      bad(`${wrong} balances are not what their entries say`, 'npm run rollup -- --verify names them.'),
    )
  if (behind >= 1000)
    findings.push(
      bad(
        'more than a thousand calls are not booked',
        'Start rollup: npx pm2 start ecosystem.config.js --only rollup.',
      ),
    )
  if (stuck > 0)
    findings.push(
      doubtful(
        `money is held for ${stuck} calls that should have ended a day ago`,
        'select * from open_reservations says what each waits for.',
      ),
    )
  return findings.length > 0 ? findings : [good('balances are what their entries say')]
}
