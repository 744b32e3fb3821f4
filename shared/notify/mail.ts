// Mails over SMTP.

import { createTransport } from 'nodemailer'

import { asHtml, asText, subjectLine } from './letter.ts'
import type { Letter } from './letter.ts'

export interface Attachment {
  filename: string
  content: Buffer
}

export interface Mailer {
  /** Whether the server took it, and what it said. Never throws. */
  send: (
    to: string,
    id: string,
    letter: Letter,
    attachments?: readonly Attachment[],
  ) => Promise<{ taken: boolean; said: string }>
  close: () => void
}

/** `smtpUrl` with user and password, which stand in no log; on a port that does not begin with TLS it is asked for, and needed where a password goes over it. */
export function createMailer(smtpUrl: string, from: string): Mailer {
  const url = new URL(smtpUrl)
  const secure = url.protocol === 'smtps:'
  const hasPassword = url.password !== ''
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: hasPassword,
    ...(url.username !== '' && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const host = from.split('@')[1] ?? 'localhost'
  return {
    async send(to, id, letter, attachments = []) {
      try {
        const sent = await transport.sendMail({
          from: { name: 'paidcalls', address: from },
          to: { name: '', address: to },
          subject: subjectLine(letter.subject),
          text: asText(letter),
          html: asHtml(letter),
          // The same at every try: mail programs show it once.
          messageId: `<${id}@${host}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          attachments: [...attachments],
        })
        return { taken: true, said: sent.response }
      } catch (error) {
        return {
          taken: false,
          said: (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' '),
        }
      }
    },
    close() {
      transport.close()
    },
  }
}
