import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'

import { claimDelivery } from '../../shared/notify/claim.ts'
import { notify } from '../../shared/notify/loop.ts'
import { createLog } from '../../shared/program/log.ts'
import { readNotifyConfig } from '../../shared/program/notify-config.ts'
import { aCall, anOffice, empty, emptyCalls } from '../support/builders.ts'
import { canSign, makeCertificates } from '../support/certificates.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { openMailbox } from '../support/mailbox.ts'
import { run, start } from '../support/processes.ts'
import { asStage } from '../support/servers.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

interface Posted {
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver of webhooks that answers as it is told; and a mail server. */
async function receivers() {
  const posted: Posted[] = []
  let status: (nr: number) => number = () => 200
  const http: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      posted.push({ headers: request.headers, body })
      const answer = status(posted.length)
      response.writeHead(answer, answer === 302 ? { location: 'http://127.0.0.1:1/' } : {})
      response.end(answer === 200 ? 'ok' : 'no')
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { mails, smtpUrl, close } = await openMailbox()
  return {
    posted,
    mails,
    answering(by: (nr: number) => number) {
      status = by
    },
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`,
    smtpUrl,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await close()
    },
  }
}

describe('notify', () => {
  let there: Awaited<ReturnType<typeof receivers>>
  const env = (): Record<string, string> => ({
    DATABASE_URL: asStage(database.url, inject('serverUrl')),
    ...{
      LOG_LEVEL: 'silent',
      SMTP_URL: there.smtpUrl,
      MAIL_FROM: 'paidcalls@example.com',
      WEBHOOK_PRIVATE: 'allow',
    },
  })
  const tellAll = (over: NodeJS.ProcessEnv = {}): Promise<void> =>
    notify({
      config: readNotifyConfig({ ...env(), ...over }),
      draining: true,
      stop: new AbortController().signal,
      log: createLog('notify', { logLevel: 'silent', logFormat: 'json' }),
      presence: { stage: 'notify', lanes: 1, calls: 0 },
      ...{ sent: 0, failed: 0 },
    })
  let lastCountry = 0
  const alert = (message: string, severity = 'warning', client: number | null = null) =>
    ask(
      `insert into alert (message, severity, client_id, country) values ($1, $2, $3, $4) returning id`,
      ...[message, severity, client, `country ${lastCountry++}`],
    )
  const byMail = (name: string, over = '', values = '') =>
    ask(
      `insert into recipient (name, kind, address${over && `, ${over}`}) values ($1, 'mail', 'noc@example.com'${values && `, ${values}`})`,
      name,
    )
  const byWebhook = () =>
    ask(`insert into recipient (name, kind, address) values ('hook', 'webhook', $1)`, there.url)
  /** As if a minute had passed since the last message, and a try was due. */
  const later = () =>
    ask(`update delivery set due_at = least(due_at, now()), sent_at = sent_at - interval '2 minutes'`)

  beforeEach(async () => {
    there = await receivers()
    await ask(
      `set session_replication_role = replica; truncate alert, rule, recipient, webhook_secret, delivery cascade; set session_replication_role = default`,
    )
  })
  afterEach(() => there.close())

  it('tells by mail what an alert says, to whom it concerns', async () => {
    await byMail('all')
    await byMail('grave', 'severity', `'critical'`)
    await alert('Premium numbers: client 3 (Harbour): calls 12 within an hour, above 10')
    await tellAll()
    expect(there.mails).toHaveLength(1)
    const [mail] = there.mails
    expect(mail?.subject).toBe(
      '[warning] Premium numbers: client 3 (Harbour): calls 12 within an hour, above 10',
    )
    expect(mail?.text).toContain('above 10')
    expect(mail?.html).toContain('<h1')
    expect(await ask('select attempts, sent_at is not null as sent, answer from delivery')).toMatchObject([
      { attempts: 1, sent: true, answer: expect.stringContaining('250') as string },
    ])
  })

  it('lets nothing of what others wrote be a header, or markup', async () => {
    await byMail('all')
    await alert('x\r\nBcc: thief@example.com\r\n\r\n<script>alert(1)</script> ${process.env.HOME} {{7*7}}')
    await tellAll()
    const [mail] = there.mails
    expect(mail?.bcc).toBeUndefined()
    expect(mail?.headers.get('bcc')).toBeUndefined()
    expect(mail?.subject).toContain('Bcc: thief@example.com')
    expect(mail?.html).not.toContain('<script>')
    expect(mail?.html).toContain('&lt;script&gt;')
    expect(mail?.html).toContain('{{7*7}}')
    await expect(
      ask(`insert into recipient (name, kind, address) values ('x', 'mail', $1)`, 'a@b.c\r\nBcc: d@e.f'),
    ).rejects.toThrow('a mail address is one name@host')
  })

  it('signs webhooks as Standard Webhooks has it, with both secrets while one is changed', async () => {
    await byWebhook()
    await alert('a')
    await tellAll()
    const [{ secret } = {}] = await ask('select secret from webhook_secret')
    const [first] = there.posted
    const headers = first?.headers as Record<string, string>
    expect(new Webhook(String(secret)).verify(first?.body ?? '', headers)).toMatchObject({
      type: 'alert.opened',
      text: 'warning: a',
      data: { message: 'a', severity: 'warning' },
    })
    expect(() => new Webhook(String(secret)).verify(`${first?.body ?? ''} `, headers)).toThrow()
    const fresh = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    await ask(`update webhook_secret set secret_before = secret, secret = $1`, fresh)
    await alert('b')
    await later()
    await tellAll()
    const second = there.posted[1]
    for (const key of [String(secret), fresh])
      expect(
        new Webhook(key).verify(second?.body ?? '', second?.headers as Record<string, string>),
      ).toBeTruthy()
  })

  it('tries again what was not taken, with the same id, and tells all in the end', async () => {
    await byWebhook()
    there.answering((nr) => (nr % 3 === 0 ? 200 : nr % 3 === 1 ? 500 : 302))
    await alert('a')
    await tellAll()
    expect(await ask('select attempts, answer, sent_at from delivery')).toMatchObject([
      { attempts: 1, answer: '500 no', sent_at: null },
    ])
    expect(
      await ask(
        `select recipient, answer, next_try > now() + interval '20 seconds' as later from deliveries_failing`,
      ),
    ).toEqual([{ recipient: 'hook', answer: '500 no', later: true }])
    for (let tries = 0; tries < 4; tries++) {
      await ask(`update delivery set due_at = now()`)
      await tellAll()
    }
    expect(await ask('select attempts, sent_at is not null as sent from delivery')).toEqual([
      { attempts: 3, sent: true },
    ])
    expect(new Set(there.posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(there.posted).toHaveLength(3)
  })

  it('gives up after a day, says so in an alert, and closes that when the recipient takes something again', async () => {
    await byWebhook()
    there.answering(() => 503)
    await alert('a')
    await ask(`update delivery set made_at = now() - interval '25 hours'`)
    await tellAll()
    expect(await ask(`select message, closed_at from alert where recipient_id is not null`)).toMatchObject([
      { message: 'recipient hook could not be told for a day: 503 no', closed_at: null },
    ])
    there.answering(() => 200)
    await later()
    await tellAll()
    expect(
      await ask(`select closed_at is not null as over from alert where recipient_id is not null`),
    ).toEqual([{ over: true }])
  })

  it('tells a hundred that come within a minute in one digest', async () => {
    await byMail('all')
    await byWebhook()
    for (let nr = 0; nr < 100; nr++) await alert(`number ${nr}`, nr === 50 ? 'critical' : 'warning')
    await tellAll()
    expect(there.mails).toHaveLength(1)
    expect(there.posted).toHaveLength(1)
    expect(there.mails[0]?.subject).toBe('[critical] 100 alerts opened, 0 over')
    expect(there.mails[0]?.text).toContain('number 99')
    expect(await ask('select count(*)::integer as sent from delivery where sent_at is not null')).toEqual([
      { sent: 200 },
    ])
    // What follows within the minute waits for it to be over.
    await alert('one more')
    expect(await claimDelivery(database.db, ['mail', 'webhook'], 60)).toBeUndefined()
    await later()
    await tellAll()
    expect(there.mails).toHaveLength(2)
  })

  it('waits for the hours of a recipient, but not with what is critical', async () => {
    const [{ hour } = {}] = await ask(`select extract(hour from now() at time zone 'UTC')::integer as hour`)
    const from = (Number(hour) + 2) % 24
    await byMail('day', 'from_time, to_time', `'${from}:00', '${(from + 1) % 24}:00'`)
    await alert('later')
    await tellAll()
    expect(there.mails).toHaveLength(0)
    await alert('now', 'critical')
    await tellAll()
    expect(there.mails[0]?.text).toContain('now')
  })

  it('is silent of what is silenced', async () => {
    await byMail('all')
    const [{ id } = {}] = await ask(
      `insert into alert (message, country) values ('noisy', 'DE') returning id`,
    )
    await ask(
      `update alert set silenced_until = now() + interval '1 hour', closed_at = now() where id = $1`,
      id,
    )
    await ask(`insert into alert (message, country) values ('noisy again', 'DE')`)
    expect(await ask(`select what from delivery`)).toEqual([{ what: 'opened' }])
  })

  it('says when an alert is over, only to whom was told that it began', async () => {
    await byMail('all')
    await alert('a')
    await byMail('new')
    await ask(`update alert set closed_at = now()`)
    expect(
      await ask(
        `select recipient.name, what from delivery join recipient on recipient.id = recipient_id order by delivery.id`,
      ),
    ).toEqual([
      { name: 'all', what: 'opened' },
      { name: 'all', what: 'closed' },
    ])
  })

  it('loses nothing and tells nothing twice under another id when it is killed', async () => {
    await byWebhook()
    for (let nr = 0; nr < 5; nr++) await alert(`number ${nr}`)
    await ask(`update delivery set made_at = made_at`)
    // A claim that nobody ended: its lease runs out.
    await ask(
      `update delivery set attempts = 1, due_at = now() - interval '1 second', message_id = (select message_id from delivery order by id limit 1)`,
    )
    await tellAll()
    expect(there.posted).toHaveLength(1)
    expect(
      (JSON.parse(there.posted[0]?.body ?? '') as { data: { alerts: unknown[] } }).data.alerts,
    ).toHaveLength(5)
  })

  it('tells all in the end, each under one id, whenever its processes are killed', async () => {
    await byWebhook()
    there.answering((nr) => (nr % 2 === 0 ? 200 : 500))
    for (let nr = 0; nr < 40; nr++) await alert(`number ${nr}`)
    // Each by itself: as if they had come minutes apart, and were tried before.
    await ask(`update delivery set attempts = 1 + id % 40`)
    for (let kills = 0; kills < 6; kills++) {
      const two = [1, 2].map(() => start('stages/notify.ts', [], { ...env(), LOG_LEVEL: 'info' }))
      await expect.poll(() => two.map(({ output }) => output()).join()).toContain('stage started')
      await new Promise((resolve) => setTimeout(resolve, kills * 40))
      for (const { child } of two) child.kill('SIGKILL')
      await Promise.all(two.map(({ ended }) => ended))
      await ask(`update delivery set due_at = now()`)
    }
    there.answering(() => 200)
    await tellAll()
    expect(await ask('select count(*)::integer as left from delivery where sent_at is null')).toEqual([
      { left: 0 },
    ])
    const told = new Map<string, Set<unknown>>()
    for (const { headers, body } of there.posted) {
      const { data } = JSON.parse(body) as { data: { message?: string; alerts?: { message: string }[] } }
      for (const { message = '' } of data.alerts ?? [data])
        told.set(message, (told.get(message) ?? new Set()).add(headers['webhook-id']))
    }
    expect(told.size).toBe(40)
    expect([...told.values()].filter((ids) => ids.size > 1)).toEqual([])
  })

  it('refuses private addresses, also those a name stands for', async () => {
    for (const address of [
      there.url,
      there.url.replace('127.0.0.1', 'localhost'),
      'http://[::ffff:127.0.0.1]:9/',
      'http://169.254.169.254/latest',
    ]) {
      await ask('truncate delivery, recipient cascade')
      await ask(`insert into recipient (name, kind, address) values ('hook', 'webhook', $1)`, address)
      await alert('a')
      await tellAll({ WEBHOOK_PRIVATE: '' })
      expect(await ask('select answer from delivery'), address).toMatchObject([
        { answer: expect.stringContaining('private network') as string },
      ])
    }
    expect(there.posted).toHaveLength(0)
  })

  it('sends a report of yesterday once, and shows it before', async () => {
    await emptyCalls(database.db)
    await empty(database.db)
    const office = await anOffice(database.db)
    // Two of yesterday and one of the day before, at whatever hour this runs.
    const today = new Date().setUTCHours(0, 0, 0, 0)
    for (const hours of [2, 3, 26])
      await aCall(database.db, {
        source_id: office.source_id,
        calldate: new Date(today - hours * 3_600_000).toISOString(),
      })
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    await byMail('boss', 'daily_at, weekly_on, language', `'00:00', extract(isodow from now()), 'ru'`)
    await tellAll()
    await tellAll()
    expect(there.mails.map(({ subject }) => subject).sort()).toEqual([
      expect.stringMatching(/^paidcalls: Звонки за \d/) as string,
      expect.stringContaining('Звонки за неделю с') as string,
    ])
    const day = there.mails.find(({ subject }) => !subject?.includes('неделю'))
    expect(day?.text).toMatch(/Звонки +2 /)
    expect(day?.text).toContain('Десять самых дорогих звонков')
    expect(day?.text).not.toContain('4930')
    const preview = await run('stages/notify.ts', ['--preview', 'boss'], env())
    expect(preview.code).toBe(0)
    expect(preview.stdout).toContain('<h1')
  })

  it('sends a test, and says what the other side answered', async () => {
    await byMail('all')
    await byWebhook()
    const mail = await run('stages/notify.ts', ['--test', 'all'], env())
    expect(mail.stdout).toMatch(/^Taken by noc@example.com: 250/)
    expect(there.mails[0]?.subject).toBe('paidcalls: a test')
    there.answering(() => 404)
    const hook = await run('stages/notify.ts', ['--test', 'hook'], env())
    expect(hook).toMatchObject({ code: 1, stderr: expect.stringContaining('404 no') as string })
    const nobody = await run('stages/notify.ts', ['--test', 'nobody'], env())
    expect(nobody).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no recipient "nobody"') as string,
    })
  })

  it.runIf(canSign)(
    'speaks TLS with a mail server it can trust, and gives no password to any other',
    async () => {
      const { key, right, authority } = makeCertificates()
      await byMail('all')
      const logins: string[] = []
      const open = async (how: { secure: boolean; tls: boolean }) => {
        const server = new SMTPServer({
          ...(how.tls && { key: readFileSync(key), cert: readFileSync(right) }),
          ...{ secure: how.secure, allowInsecureAuth: true, disabledCommands: how.tls ? [] : ['STARTTLS'] },
          onAuth({ username, password }, _session, done) {
            logins.push(`${username ?? ''}:${password ?? ''}`)
            done(null, { user: 'x' })
          },
          onData(stream, _session, done) {
            stream.resume()
            stream.once('end', done)
          },
        })
        server.on('error', () => undefined)
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        return { server, port: (server.server.address() as AddressInfo).port }
      }
      const told = async (how: { secure: boolean; tls: boolean }, trusts: boolean) => {
        const { server, port } = await open(how)
        const { stdout, stderr } = await run('stages/notify.ts', ['--test', 'all'], {
          ...env(),
          SMTP_URL: `${how.secure ? 'smtps' : 'smtp'}://anna:secret@localhost:${port}`,
          ...(trusts && { NODE_EXTRA_CA_CERTS: authority }),
        })
        await new Promise<void>((resolve) => {
          server.close(resolve)
        })
        expect(stdout + stderr).not.toContain('secret')
        return stdout + stderr
      }
      expect(await told({ secure: true, tls: true }, true)).toMatch(/^Taken by/)
      expect(await told({ secure: false, tls: true }, true)).toMatch(/^Taken by/)
      expect(logins).toEqual(['anna:secret', 'anna:secret'])
      expect(await told({ secure: true, tls: true }, false)).toContain('Not taken by')
      expect(await told({ secure: false, tls: true }, false)).toContain('Not taken by')
      expect(await told({ secure: false, tls: false }, true)).toContain('Not taken by')
      expect(logins).toHaveLength(2)
    },
  )
})
