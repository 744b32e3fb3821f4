import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { useDatabase } from '../support/database.ts'
import { openMailbox } from '../support/mailbox.ts'
import type { Mailbox } from '../support/mailbox.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages } from '../support/pages.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('a password that is forgotten', () => {
  let web: Pages
  let mailbox: Mailbox
  beforeAll(async () => {
    mailbox = await openMailbox()
    web = await startPages(database.url, {
      ...{
        SMTP_URL: mailbox.smtpUrl,
        MAIL_FROM: 'paidcalls@example.net',
        WEB_URL: 'https://billing.example.net',
      },
    })
  }, 60_000)
  afterAll(async () => {
    await web.stop()
    await mailbox.close()
  })

  const post = (path: string, form: Record<string, string>): Promise<Response> =>
    fetch(`${web.base}${path}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })
  const logIn = async (name: string, password: string): Promise<number> =>
    (await post('/login', { name, password })).status
  const wayIn = (text: string | undefined): string =>
    /https:\/\/billing\.example\.net(\/forgotten\/[\w-]+)/.exec(text ?? '')?.[1] ?? ''
  const fresh = 'seven green kites over a lake'

  it('is replaced once by who has the letter, and ends the sessions of before', async () => {
    await visitor(web, 'anna')
    const old = await web.passwordOf('anna')
    const again = await post('/login', { name: 'anna', password: old })
    const cookie = (again.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const csrf =
      /name="csrf" value="([^"]+)"/.exec(
        await (await fetch(`${web.base}/me`, { headers: { cookie } })).text(),
      )?.[1] ?? ''
    const email = (now: string) =>
      fetch(`${web.base}/me`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie },
        body: new URLSearchParams({ csrf, do: 'email', now, email: 'anna@example.net' }),
      })
    expect((await email('wrong')).status).toBe(400)
    expect((await email(old)).status).toBe(303)
    expect(await (await fetch(`${web.base}/login`)).text()).toContain('href="/forgotten"')
    expect(await (await post('/forgotten', { name: 'ANNA' })).text()).toContain('a letter is on its way')
    await expect.poll(() => mailbox.mails.length).toBe(1)
    const [letter] = mailbox.mails
    const way = wayIn(letter?.text)
    expect((await fetch(`${web.base}${way}`)).status).toBe(200)
    expect((await post(way, { password: 'short' })).status).toBe(400)
    expect((await post(way, { password: fresh })).status).toBe(303)
    expect((await post(way, { password: `${fresh} again` })).status).toBe(400)
    expect((await fetch(`${web.base}${way}`)).status).toBe(404)
    expect([await logIn('anna', old), await logIn('anna', fresh)]).toEqual([401, 303])
    expect((await fetch(`${web.base}/me`, { redirect: 'manual', headers: { cookie } })).status).toBe(303)
  })

  it('says nothing of who there is, and writes to nobody else', async () => {
    await ask(
      `insert into web_user (name, role, enabled, email) values ('boris', 'reader', true, null), ('shut', 'reader', false, 'shut@example.net')`,
    )
    const before = mailbox.mails.length
    for (const name of ['nobody', 'boris', 'shut', ''])
      expect(await (await post('/forgotten', { name })).text()).toContain('a letter is on its way')
    expect(await ask('select from web_reset')).toEqual([])
    expect(mailbox.mails).toHaveLength(before)
  })

  it('is sent a way three times an hour, each of which ends with the first that is used, and within the hour', async () => {
    for (let nr = 0; nr < 5; nr++) await post('/forgotten', { name: 'anna' })
    expect(await ask('select from web_reset')).toHaveLength(3)
    await expect.poll(() => mailbox.mails.length).toBe(4)
    const [, first, second] = mailbox.mails.map(({ text }) => wayIn(text))
    await ask(`update web_reset set made_at = now() - interval '61 minutes'`)
    expect((await post(first ?? '', { password: fresh })).status).toBe(400)
    await ask('update web_reset set made_at = now()')
    expect((await post(first ?? '', { password: `${fresh} and a boat` })).status).toBe(303)
    expect((await fetch(`${web.base}${second ?? ''}`)).status).toBe(404)
  })

  it('is never asked for from another site, and no letter leads where a request says', async () => {
    const answer = await fetch(`${web.base}/forgotten`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=anna',
    })
    expect(answer.status).toBe(403)
    for (const { text } of mailbox.mails) expect(text).toContain('https://billing.example.net/')
  })
})
