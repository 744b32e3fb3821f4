// What is to be told next, and to whom. A claim is a lease: whoever dies with it leaves it to be told again, under the same id.

import type { Database } from '../database/connect.ts'

export type Told = 'opened' | 'closed' | 'report' | 'test'

export interface Alert {
  id: number
  what: Told
  rule: string | null
  severity: string
  message: string
  opened_at: string
  closed_at: string | null
  client_id: number | null
  client: string | null
  value: string | null
  threshold: string | null
  at_stake: string | null
  currency: string | null
}

/** One message: an alert, or several that came together, or a report. */
export interface Delivery {
  ids: string[]
  message_id: string
  what: Told
  recipient_id: number
  name: string
  kind: 'mail' | 'webhook'
  address: string
  language: string
  time_zone: string
  client_id: number | null
  secrets: string[]
  report_from: string | null
  report_until: string | null
  alerts: Alert[]
}

const mostAtOnce = 100

// Who was told within the minute waits for it to be over: what comes meanwhile is told together.
const claimQuery = `-- notify: claim a message
with head as materialized (
  select due.id, due.recipient_id, due.message_id, due.attempts, due.what
  from recipient
  cross join lateral (
    select delivery.id, delivery.recipient_id, message_id, attempts, what, due_at from delivery left join alert on alert.id = alert_id
    where delivery.recipient_id = recipient.id and sent_at is null and given_up_at is null and due_at <= clock_timestamp()
      and (what in ('report', 'test') or alert.severity = 'critical' or is_told_at(recipient, clock_timestamp()))
    order by due_at, delivery.id limit 1
  ) due
  where recipient.enabled and recipient.kind = any ($1)
    and (due.attempts > 0 or due.what in ('report', 'test') or not exists (
      select from delivery before where before.recipient_id = recipient.id and before.sent_at > clock_timestamp() - make_interval(secs => $2) and before.what in ('opened', 'closed')))
  order by due.due_at, due.id limit 1
), claimed as materialized (
  select delivery.id from delivery join head using (recipient_id)
  where delivery.sent_at is null and delivery.given_up_at is null and delivery.due_at <= clock_timestamp()
    and (delivery.id = head.id or head.what in ('opened', 'closed') and delivery.what in ('opened', 'closed') and delivery.attempts = head.attempts
      and (head.attempts = 0 or delivery.message_id = head.message_id))
  order by delivery.id limit ${mostAtOnce} for update of delivery skip locked
)
update delivery set attempts = delivery.attempts + 1, due_at = clock_timestamp() + interval '2 minutes', message_id = head.message_id
from head where delivery.id = any (array(select id from claimed)) and exists (select from claimed where claimed.id = head.id)
returning delivery.id`

const readQuery = `-- notify: what is to be told
select json_agg(delivery.id order by delivery.id) as ids, delivery.message_id, min(delivery.what) as what, recipient.id as recipient_id, recipient.name, recipient.kind, recipient.address,
  recipient.language, recipient.time_zone, recipient.client_id,
  coalesce((select json_agg(known.secret) from webhook_secret own cross join lateral (values (own.secret), (own.secret_before)) known (secret) where own.recipient_id = recipient.id and known.secret is not null), '[]') as secrets,
  min(delivery.report_from)::text as report_from, min(delivery.report_until)::text as report_until,
  coalesce(json_agg(json_build_object('id', alert.id, 'what', delivery.what, 'rule', rule.name, 'severity', alert.severity, 'message', alert.message, 'opened_at', alert.opened_at, 'closed_at', alert.closed_at,
    'client_id', alert.client_id, 'client', client.name, 'value', alert.value::text, 'threshold', alert.threshold::text, 'at_stake', alert.at_stake::text, 'currency', alert.currency)
    order by severity_rank(alert.severity) desc, alert.id) filter (where alert.id is not null), '[]') as alerts
from delivery
join recipient on recipient.id = delivery.recipient_id
left join alert on alert.id = delivery.alert_id
left join rule on rule.id = alert.rule_id
left join client on client.id = alert.client_id
where delivery.id = any ($1)
group by delivery.message_id, recipient.id`

/** Undefined: there is nothing to tell now over these ways. After a message alerts that follow within `apartSec` come as one. */
export async function claimDelivery(
  db: Database,
  ways: readonly Delivery['kind'][],
  apartSec: number,
): Promise<Delivery | undefined> {
  const { rows: claimed } = await db.query<{ id: string }>({
    name: 'claim delivery',
    text: claimQuery,
    values: [ways, apartSec],
  })
  if (claimed.length === 0) return undefined
  const { rows } = await db.query<Delivery>(readQuery, [claimed.map(({ id }) => id)])
  return rows[0]
}

/** Notes what the other side said; what it did not take is tried again. */
export async function endDelivery(
  db: Database,
  ids: readonly string[],
  taken: boolean,
  said: string,
): Promise<void> {
  await db.query(`-- notify: note what the other side said\nselect end_delivery($1, $2, $3)`, [
    ids,
    taken,
    said.slice(0, 500),
  ])
}
