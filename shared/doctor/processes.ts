// Whether anybody works: processes of each stage anywhere, and on this host as many as its settings ask for.

import { bad, doubtful, good } from './finding.ts'
import type { Database } from '../database/connect.ts'
import type { Finding } from './finding.ts'

/** Processes asked for on this host, by stage. */
export type Wanted = Readonly<Record<string, number | undefined>>

/** `host` as processes write it. */
export async function examineProcesses(db: Database, host: string, wanted: Wanted): Promise<Finding[]> {
  const { rows } = await db.query<{ stage: string; anywhere: number; here: number }>(
    `-- doctor: who is at work?
    select stage, count(*)::integer as anywhere, (count(*) filter (where host = $1))::integer as here
    from workers where silent_since is null group by stage`,
    [host],
  )
  const working = new Map(rows.map((row) => [row.stage, row]))
  const { rows: sources } = await db.query(
    `-- doctor: is there anything to import?\nselect from source where enabled and (home <> (select name from this_database)) is not true limit 1`,
  )
  const stages = [
    'client',
    'destination',
    'tariff',
    'schedule',
    'rollup',
    ...(sources.length > 0 ? ['import'] : []),
  ]
  const idle = stages.filter((stage) => (working.get(stage)?.anywhere ?? 0) === 0)
  const few = Object.entries(wanted).filter(
    ([stage, count]) =>
      count !== undefined && count > (working.get(stage)?.here ?? 0) && !idle.includes(stage),
  )
  return [
    ...(idle.length > 0
      ? [
          bad(
            `no process is at work on any host: ${idle.join(', ')}`,
            `Start them: npx pm2 start ecosystem.config.js, or npm run ${idle[0] ?? ''}.`,
          ),
        ]
      : [good('each stage has a process at work')]),
    ...few.map(([stage, count]) =>
      doubtful(
        `${stage}: ${count} processes are asked for on this host, ${working.get(stage)?.here ?? 0} at work`,
        `npx pm2 scale ${stage} ${count}: pm2 takes no other number from ${stage.toUpperCase()}_PROCESSES once it runs.`,
      ),
    ),
  ]
}
