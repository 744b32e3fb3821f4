// The loop of notify: claims a message, sends it, notes what the other side said. A few at a time, each over a connection of its own.

import { connect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import type { NotifyConfig } from '../program/notify-config.ts'
import { pause, stopped } from '../program/pause.ts'
import { stayConnected } from '../worker/stay.ts'
import { alertLetter, testLetter, webhookBody } from './alert-letter.ts'
import { claimDelivery, endDelivery } from './claim.ts'
import type { Delivery } from './claim.ts'
import type { Letter } from './letter.ts'
import { createMailer } from './mail.ts'
import type { Mailer } from './mail.ts'
import { reportLetter } from './report.ts'
import { sendWebhook } from './webhook.ts'

const [lookMs, reportsMs] = [250, 30_000]
const [answerMs, apartSec] = [60_000, 60]

export interface Notifying {
  config: NotifyConfig
  draining: boolean
  stop: AbortSignal
  log: Log
  presence: Presence
  /** Messages the other side took, and did not take. */
  sent: number
  failed: number
}

/** Sends until `stop` aborts; when draining, until all that is due is sent or given up. */
export async function notify(notifying: Notifying): Promise<void> {
  const { config, stop, log } = notifying
  const heartbeat = createHeartbeat(notifying.presence)
  const mailer = config.smtpUrl === null ? undefined : createMailer(config.smtpUrl, config.mailFrom)
  if (!mailer) log.warn('SMTP_URL is not set: mails wait')
  await stayConnected({
    log,
    stop,
    connect: () => connect(config.databaseUrl, 'notify', answerMs),
    async work(db, answered) {
      let [beatAt, reportsAt] = [-Infinity, -Infinity]
      while (!stopped(stop)) {
        const now = performance.now()
        if (now - beatAt >= heartbeatMs) {
          await heartbeat.beat(db)
          beatAt = now
        }
        if (now - reportsAt >= reportsMs) {
          await db.query(`-- notify: reports whose time has come\nselect make_reports()`)
          reportsAt = now
        }
        const one = await claimDelivery(
          db,
          mailer ? ['mail', 'webhook'] : ['webhook'],
          notifying.draining ? 0 : apartSec,
        )
        answered()
        if (one) await tell(db, one, mailer, notifying)
        else if (notifying.draining && (await isAllTold(db, mailer !== undefined))) break
        else await pause(lookMs, stop)
      }
      await heartbeat.leave(db)
    },
  })
  mailer?.close()
}

async function tell(
  db: Database,
  one: Delivery,
  mailer: Mailer | undefined,
  notifying: Notifying,
): Promise<void> {
  const { taken, said } = await send(db, one, mailer, notifying.config)
  await endDelivery(db, one.ids, taken, said)
  notifying.presence.calls += one.ids.length
  if (taken) notifying.sent++
  else notifying.failed++
  const about = { recipient: one.name, what: one.what, alerts: one.alerts.map(({ id }) => id), said }
  if (taken) notifying.log.info(about, 'told')
  else notifying.log.warn(about, 'could not be told')
}

async function send(
  db: Database,
  one: Delivery,
  mailer: Mailer | undefined,
  { allowsPrivate }: NotifyConfig,
): Promise<{ taken: boolean; said: string }> {
  if (one.kind === 'webhook') {
    const body = webhookBody(one, new Date().toISOString())
    return sendWebhook({ url: one.address, id: one.message_id, secrets: one.secrets, body, allowsPrivate })
  }
  return mailer
    ? mailer.send(one.address, one.message_id, await letterOf(db, one))
    : { taken: false, said: 'SMTP_URL is not set' }
}

/** What a mail says. */
export async function letterOf(db: Database, one: Delivery): Promise<Letter> {
  if (one.what === 'test') return testLetter()
  if (one.report_from === null || one.report_until === null) return alertLetter(one)
  return reportLetter(db, {
    ...{ from: one.report_from, until: one.report_until, timeZone: one.time_zone },
    ...{ language: one.language, client: one.client_id },
  })
}

/** What waits for its hour, or for a try that failed to come again, is not due. */
async function isAllTold(db: Database, mails: boolean): Promise<boolean> {
  const { rows } = await db.query<{ done: boolean }>(
    `-- drain: is all told?
    select not exists (
      select from delivery join recipient on recipient.id = recipient_id
      where enabled and sent_at is null and given_up_at is null and due_at <= clock_timestamp() + interval '2 minutes' and attempts = 0 and (kind = 'webhook' or $1)
        and is_told_at(recipient, clock_timestamp())) as done`,
    [mails],
  )
  return rows[0]?.done === true
}
