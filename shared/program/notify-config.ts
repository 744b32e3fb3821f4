// Settings of notify: how mails go out, and where webhooks may go.

import { refuse, stageConfig } from './config.ts'
import type { StageConfig } from './config.ts'

export interface MailConfig {
  /** smtp:// or smtps://, with user and password if there are; null: mails wait. */
  smtpUrl: string | null
  mailFrom: string
}

export interface NotifyConfig extends StageConfig, MailConfig {
  /** Whether webhooks may go to loopback and private networks. */
  allowsPrivate: boolean
}

/** How mails go out; mistakes are added to those there are. */
export function readMailConfig(env: NodeJS.ProcessEnv, mistakes: string[]): MailConfig {
  const smtpUrl = env['SMTP_URL'] || null
  if (smtpUrl !== null && !/^smtps?:\/\/[^\s]+$/.test(smtpUrl))
    mistakes.push(
      'SMTP_URL must begin with smtp:// or smtps://, such as smtp://user:password@mail.example.com:587',
    )
  const mailFrom = env['MAIL_FROM'] ?? ''
  if (smtpUrl !== null && !/^[^\s@<>]+@[^\s@<>]+$/.test(mailFrom))
    mistakes.push(`MAIL_FROM must be a mail address such as paidcalls@example.com, not "${mailFrom}"`)
  return { smtpUrl, mailFrom }
}

/** Throws a Complaint that names all mistakes at once. */
export function readNotifyConfig(env: NodeJS.ProcessEnv): NotifyConfig {
  const mistakes: string[] = []
  const config = stageConfig(env, mistakes)
  const mail = readMailConfig(env, mistakes)
  const allowed = env['WEBHOOK_PRIVATE'] || 'refuse'
  if (allowed !== 'refuse' && allowed !== 'allow')
    mistakes.push(`WEBHOOK_PRIVATE must be refuse or allow, not "${allowed}"`)
  refuse(mistakes)
  return { ...config, ...mail, allowsPrivate: allowed === 'allow' }
}
