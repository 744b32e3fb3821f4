// What a person tries before anything is wrong: how a report looks, and whether a message arrives.

import { randomUUID } from 'node:crypto'

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import type { NotifyConfig } from '../program/notify-config.ts'
import { printable } from '../text/printable.ts'
import { testLetter, webhookBody } from './alert-letter.ts'
import type { Delivery } from './claim.ts'
import { asHtml } from './letter.ts'
import { createMailer } from './mail.ts'
import { reportLetter } from './report.ts'
import { sendWebhook } from './webhook.ts'

async function recipientOf(db: Database, name: string): Promise<Delivery> {
  const { rows } = await db.query<Delivery>(
    `-- notify: a recipient by name
    select '[]'::json as ids, '' as message_id, 'test' as what, id as recipient_id, name, kind, address, language, time_zone, client_id, null as report_from, null as report_until, '[]'::json as alerts,
      coalesce((select json_agg(secret) from webhook_secret where recipient_id = recipient.id), '[]') as secrets
    from recipient where name = $1`,
    [name],
  )
  const [recipient] = rows
  if (!recipient)
    throw new Complaint(
      `There is no recipient "${printable(name)}": select name from recipient says which there are.`,
    )
  return recipient
}

/** The HTML of yesterday's report, or of the week before. */
export async function previewOf(db: Database, name: string, weekly: boolean): Promise<string> {
  const { time_zone, language, client_id } = await recipientOf(db, name)
  const { rows } = await db.query<{ from: string; until: string }>(
    `-- notify: the time of a report
    select ((today - case when $2 then interval '7 days' else interval '1 day' end) at time zone $1)::text as from, (today at time zone $1)::text as until
    from (select date_trunc('day', now() at time zone $1) as today) clock`,
    [time_zone, weekly],
  )
  const [span] = rows
  if (!span) throw new Complaint('There is no yesterday.')
  return asHtml(await reportLetter(db, { ...span, timeZone: time_zone, language, client: client_id }))
}

/** Sends one, and says what the other side answered; throws a Complaint when it did not take it. */
export async function sendTest(db: Database, name: string, config: NotifyConfig): Promise<string> {
  const recipient = await recipientOf(db, name)
  const id = randomUUID()
  const { taken, said } = await (recipient.kind === 'mail' ? mail() : webhook())
  const about = `${printable(recipient.address)}: ${printable(said)}`
  if (!taken) throw new Complaint(`Not taken by ${about}`)
  return `Taken by ${about}\n`

  async function mail(): Promise<{ taken: boolean; said: string }> {
    if (config.smtpUrl === null) throw new Complaint('SMTP_URL is not set: there is no mail without it.')
    const mailer = createMailer(config.smtpUrl, config.mailFrom)
    try {
      return await mailer.send(recipient.address, id, testLetter())
    } finally {
      mailer.close()
    }
  }
  function webhook(): Promise<{ taken: boolean; said: string }> {
    const body = webhookBody(recipient, new Date().toISOString())
    return sendWebhook({
      url: recipient.address,
      id,
      secrets: recipient.secrets,
      body,
      allowsPrivate: config.allowsPrivate,
    })
  }
}
