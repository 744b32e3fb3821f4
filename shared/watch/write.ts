// What was found, as rows of alert.

import type { Database } from '../database/connect.ts'
import { formatMoney } from '../money/money.ts'
import { figureText } from '../rules/figure.ts'
import type { Finding } from '../rules/fold.ts'
import type { Incident } from '../rules/incident.ts'
import { keyOf } from '../rules/rule.ts'
import { sentenceOf } from './sentence.ts'

const moment = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Of each incident what it has come to: opened, grown and over in one bite it is told once. */
function latest(findings: readonly Finding[]): Finding[] {
  const kept = new Map<Incident, Finding>()
  for (const finding of findings) {
    const before = kept.get(finding.incident)
    kept.set(finding.incident, before?.turn === 'opened' ? before : finding)
  }
  return [...kept.values()]
}

/** Opens, updates and closes alerts, in the transaction it is called in. */
export async function writeFindings(db: Database, findings: readonly Finding[]): Promise<void> {
  const told = latest(findings)
  if (told.length === 0) return
  const names = await namesOf(db, told)
  const rows = told.map(({ turn, rule, subject, incident }) => ({
    what: turn,
    rule_id: rule.id,
    ...subject,
    opened_at: moment(incident.opened),
    closed_at: moment(incident.closed),
    value: figureText(incident.figure),
    threshold: rule.threshold,
    currency: subject.currency ?? null,
    at_stake: incident.currency === null ? null : formatMoney(incident.atStake),
    message: sentenceOf(rule, subject, names.get(keyOf(subject)) ?? '', incident.figure),
    severity: rule.severity,
    hold: rule.action === 'hold',
    hold_for: rule.hold_for,
  }))
  await db.query(`-- watch: open, update and close alerts\nselect note_alerts($1)`, [JSON.stringify(rows)])
}

async function namesOf(db: Database, findings: readonly Finding[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ key: string; name: string }>(
    `-- watch: whom it is about
    select key, coalesce((select name from client where id = client_id), (select coalesce(nullif(name, ''), channel) from provider where id = provider_id),
      (select name from source where id = source_id)) as name
    from jsonb_to_recordset($1) subject (key text, client_id integer, provider_id integer, source_id integer)`,
    [JSON.stringify(findings.map(({ subject }) => ({ key: keyOf(subject), ...subject })))],
  )
  return new Map(rows.map(({ key, name }) => [key, name]))
}

interface Row {
  rule_id: number
  client_id: number | null
  provider_id: number | null
  source_id: number | null
  country: string | null
  currency: string | null
  opened: number
  closed: number | null
  value: string | null
  at_stake: string | null
}

/** Incidents that are open, and those that were over since a moment (epoch milliseconds): a late record may be of them. */
export async function knownAlerts(db: Database, since: number): Promise<Row[]> {
  const { rows } = await db.query<Row>(
    `-- watch: what is open, or was not long ago
    select rule_id, client_id, provider_id, source_id, country, currency, (extract(epoch from opened_at) * 1000)::float8 as opened,
      (extract(epoch from closed_at) * 1000)::float8 as closed, value::text, at_stake::text
    from alert where rule_id is not null and (closed_at is null or closed_at > to_timestamp($1::float8 / 1000))
    order by id`,
    [since],
  )
  return rows
}
