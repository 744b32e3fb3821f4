// Alerts as a mail and as the body of a webhook. Pure.

import { momentIn } from '../text/moment.ts'
import type { Alert, Delivery } from './claim.ts'
import type { Letter } from './letter.ts'

const foot =
  'select * from open_alerts shows all that are open; how to acknowledge and silence them stands in docs/alerts.md.'

/** One alert, or a digest of several. */
export function alertLetter({ alerts, time_zone }: Delivery): Letter {
  const [first] = alerts
  if (!first) return testLetter()
  const moment = momentIn(time_zone)
  if (alerts.length === 1) {
    const over = first.closed_at !== null
    return {
      subject: `[${over ? 'over' : first.severity}] ${first.message}`,
      heading: over ? `Over: ${first.rule ?? 'alert'}` : (first.rule ?? 'Alert'),
      lines: [
        first.message,
        `Since ${moment(first.opened_at)}${first.closed_at === null ? '' : `, over at ${moment(first.closed_at)}`} (${time_zone}).`,
        ...(first.at_stake === null
          ? []
          : [`Its calls came to ${first.at_stake} ${first.currency ?? ''} so far.`]),
        `Alert ${first.id}, ${first.severity}.`,
      ],
      tables: [],
      foot,
    }
  }
  const opened = alerts.filter(({ what }) => what === 'opened').length
  return {
    subject: `[${first.severity}] ${opened} alerts opened, ${alerts.length - opened} over`,
    heading: `${alerts.length} alerts`,
    lines: ['They came within a minute; the worst stand first.'],
    tables: [
      {
        title: 'Alerts',
        rows: alerts.map((alert) => ({
          id: String(alert.id),
          what: alert.what,
          severity: alert.severity,
          since: moment(alert.opened_at),
          message: alert.message,
        })),
        right: ['id'],
      },
    ],
    foot,
  }
}

export function testLetter(): Letter {
  return {
    subject: 'paidcalls: a test',
    heading: 'A test',
    lines: ['This is what npm run notify -- --test sends. Alerts will come to this address.'],
    tables: [],
    foot: 'Nothing is wrong.',
  }
}

const named = ({ what, ...alert }: Alert): Record<string, unknown> => ({ event: `alert.${what}`, ...alert })

/** JSON; `text` is what Slack and those like it show. */
export function webhookBody(delivery: Delivery, at: string): string {
  const { alerts, what } = delivery
  const [first] = alerts
  const text = first
    ? alerts
        .map((alert) => `${alert.what === 'closed' ? 'over' : alert.severity}: ${alert.message}`)
        .join('\n')
    : testLetter().lines.join(' ')
  return JSON.stringify({
    type: first && alerts.length === 1 ? `alert.${first.what}` : first ? 'alerts' : what,
    timestamp: at,
    text,
    data: first && alerts.length === 1 ? named(first) : { alerts: alerts.map(named) },
  })
}
