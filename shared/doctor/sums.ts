// Whether the sums follow the decisions.

import { bad, good } from './finding.ts'
import type { Check } from './finding.ts'

const behindMost = 60

export const sums: Check = async (db) => {
  const { rows } = await db.query<{ behind: number; waiting: number }>(
    `-- doctor: are the sums behind?
    select coalesce(extract(epoch from clock_timestamp() - min(decided_at)), 0)::integer as behind, count(*)::integer as waiting
    from (select call_id, nr from unsummed order by id limit 1000) first join rating_decision made using (call_id, nr)`,
  )
  const { behind, waiting } = rows[0] ?? { behind: 0, waiting: 0 }
  if (behind <= behindMost) return [good('the sums follow the decisions')]
  return [
    bad(
      `sums are behind: ${waiting}${waiting === 1000 ? ' and more' : ''} decisions are in none, the first for ${behind} s`,
      'Start rollup: npx pm2 start ecosystem.config.js --only rollup, or npm run rollup.',
    ),
  ]
}
