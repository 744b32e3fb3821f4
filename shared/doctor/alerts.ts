// Whether rules are judged, and whether somebody hears of it.

import { bad, doubtful, good } from './finding.ts'
import type { Check, Finding } from './finding.ts'

export const alerts: Check = async (db) => {
  const { rows } = await db.query<{
    rules: number
    judged: boolean
    recipients: number
    failing: number
    open: number
  }>(
    `-- doctor: are rules judged, and is somebody told?
    select (select count(*) from rule where enabled)::integer as rules, (select seen_at > now() - interval '1 minute' from watch_turn) as judged,
      (select count(*) from recipient where enabled)::integer as recipients, (select count(*) from deliveries_failing)::integer as failing,
      (select count(*) from alert where closed_at is null and severity = 'critical')::integer as open`,
  )
  const { rules, judged, recipients, failing, open } = rows[0] ?? {
    rules: 0,
    judged: true,
    recipients: 0,
    failing: 0,
    open: 0,
  }
  if (rules === 0)
    return [good('no rule is enabled, nobody is warned (docs/alerts.md says which to switch on first)')]
  const findings: Finding[] = []
  if (!judged)
    findings.push(bad('rules are not judged', 'Start watch: npx pm2 start ecosystem.config.js --only watch.'))
  if (recipients === 0)
    findings.push(
      doubtful('rules are judged and nobody is told', 'Say who: a row of recipient (docs/alerts.md).'),
    )
  if (failing > 0)
    findings.push(
      bad(
        `${failing} messages could not be delivered`,
        'select * from deliveries_failing says what the other side said.',
      ),
    )
  if (open > 0) findings.push(doubtful(`${open} critical alerts are open`, 'select * from open_alerts.'))
  return findings.length > 0 ? findings : [good(`${rules} rules are judged`)]
}
