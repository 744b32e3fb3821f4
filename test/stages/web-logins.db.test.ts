import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'

import { createPeople } from '../../shared/web/people.ts'
import { useDatabase } from '../support/database.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages } from '../support/pages.ts'
import { run } from '../support/processes.ts'
import { asWeb } from '../support/servers.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

/** As sent by whoever does not care what a browser would send. */
function raw(
  base: string,
  path: string,
  headers: Record<string, string>,
  body = '',
  method = 'POST',
): Promise<{ status: number; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${base}/`,
      { method, path, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } },
      (answer) => {
        answer.resume()
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers })
        })
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}

it('whoever asks for himself while his page has the only connection is answered', async () => {
  await ask(`insert into web_user (name, role) values ('only', 'reader')`)
  const people = createPeople({ databaseUrl: asWeb(database.url, inject('serverUrl')) }, 1)
  const password = await people.setPassword('only')
  const person = await people.personOf((await people.logIn('only', password, '127.0.0.1')) ?? '')
  expect(person).not.toBeNull()
  if (person) expect(await people.as(person, () => people.sessionsOf(person))).toHaveLength(1)
  await people.close()
})

describe('logging in', () => {
  let web: Pages
  let behindTls: Pages
  let password: string

  const post = (
    path: string,
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${web.base}${path}`, {
      ...{ method: 'POST', redirect: 'manual', headers },
      body: new URLSearchParams(form),
    })
  const cookieIn = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const status = async (path: string, cookie: string): Promise<number> =>
    (await fetch(`${web.base}${path}`, { redirect: 'manual', headers: { cookie } })).status
  const csrfOf = async (cookie: string): Promise<string> =>
    /name="csrf" value="([^"]+)"/.exec(
      await (await fetch(`${web.base}/me`, { headers: { cookie } })).text(),
    )?.[1] ?? ''

  beforeAll(async () => {
    web = await startPages(database.url)
    behindTls = await startPages(database.url, { TRUST_PROXY: 'yes' })
    password = await web.passwordOf('anna')
    await ask(`insert into web_user (name, role) values ('boris', 'reader')`)
  }, 60_000)
  beforeEach(() => ask('delete from web_attempt'))
  afterAll(async () => {
    await web.stop()
    await behindTls.stop()
  })

  it('is for administrators whose password was set at the terminal, where it is printed', async () => {
    const { stdout, code } = await run('stages/web.ts', ['--password', 'tess'], {
      ...{ DATABASE_URL: database.url, WEB_DATABASE_URL: asWeb(database.url, inject('serverUrl')) },
    })
    const given = /^The new password of tess is (\S+)\n$/.exec(stdout)?.[1] ?? ''
    const cookie = cookieIn(await post('/login', { name: 'tess', password: given }))
    expect([code, await status('/users', cookie)]).toEqual([0, 200])
  })

  it('makes a session of its own, whatever cookie was there before', async () => {
    const planted = 'paidcalls_session=planted'
    const answer = await post('/login', { name: 'anna', password }, { cookie: planted })
    expect(answer.status).toBe(303)
    expect(cookieIn(answer)).toMatch(/^paidcalls_session=[\w-]{43}$/)
    expect(await status('/', planted)).toBe(303)
    const again = await post('/login', { name: 'anna', password }, { cookie: cookieIn(answer) })
    expect(cookieIn(again)).not.toBe(cookieIn(answer))
  })

  it('is over for all sessions with a new password, and for one with the logout', async () => {
    const boris = await web.passwordOf('boris')
    const [one, other] = [
      cookieIn(await post('/login', { name: 'boris', password: boris })),
      cookieIn(await post('/login', { name: 'boris', password: boris })),
    ]
    await post('/logout', { csrf: 'x' }, { cookie: one })
    expect(await status('/', one)).toBe(200)
    await post('/logout', { csrf: await csrfOf(one) }, { cookie: one })
    expect([await status('/', one), await status('/', other)]).toEqual([303, 200])
    await web.passwordOf('boris')
    expect(await status('/', other)).toBe(303)
  })

  it('is over at once for who is shut out, and has another role as soon as he has one', async () => {
    const boris = await visitor(web, 'boris')
    expect(await status('/waiting', boris.cookie)).toBe(403)
    await ask(`update web_user set role = 'operator' where name = 'boris'`)
    expect(await status('/waiting', boris.cookie)).toBe(200)
    await ask(`update web_user set role = 'reader' where name = 'boris'`)
    expect(await status('/waiting', boris.cookie)).toBe(403)
    await ask(`update web_user set enabled = false where name = 'boris'`)
    expect(await status('/', boris.cookie)).toBe(303)
    await ask(`update web_user set enabled = true where name = 'boris'`)
  })

  it('is over after twelve hours without a page, and after a week', async () => {
    const boris = await visitor(web, 'boris')
    await ask(`update web_session set seen_at = now() - interval '11 hours 59 minutes'`)
    expect(await status('/', boris.cookie)).toBe(200)
    await ask(`update web_session set seen_at = now() - interval '12 hours 1 minute'`)
    expect(await status('/', boris.cookie)).toBe(303)
    await ask(`update web_session set seen_at = now(), made_at = now() - interval '7 days 1 minute'`)
    expect(await status('/', boris.cookie)).toBe(303)
  })

  it('is seen beside all others of the same person, who ends one or all of them, and nobody else does', async () => {
    const form = { name: 'boris', password: await web.passwordOf('boris') }
    const cookies: string[] = []
    for (let nr = 0; nr < 4; nr++) cookies.push(cookieIn(await post('/login', form)))
    const [own = '', ...others] = cookies
    const open = async () => Promise.all(others.map((cookie) => status('/', cookie)))
    const me = await (await fetch(`${web.base}/me`, { headers: { cookie: own } })).text()
    const keys = [...me.matchAll(/name="session" value="(\w+)"/g)].map(([, key]) => key ?? '')
    expect([keys.length, new Set(keys).size]).toEqual([3, 3])
    const anna = cookieIn(await post('/login', { name: 'anna', password }))
    for (const session of [...keys, 'x'])
      await post('/me', { do: 'end', session, csrf: await csrfOf(anna) }, { cookie: anna })
    expect(await open()).toEqual([200, 200, 200])
    const csrf = await csrfOf(own)
    await post('/me', { do: 'end', session: keys[0] ?? '', csrf }, { cookie: own })
    expect((await open()).sort()).toEqual([200, 200, 303])
    await post('/me', { do: 'end', csrf }, { cookie: own })
    expect([await open(), await status('/', own), await status('/', anna)]).toEqual([
      [303, 303, 303],
      200,
      200,
    ])
  })

  it('gives a cookie that scripts and other sites do not get, over TLS to nobody else', async () => {
    const plain = await post('/login', { name: 'anna', password })
    expect(plain.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/)
    const tls = await fetch(`${behindTls.base}/login`, {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ name: 'anna', password }) },
    })
    expect(tls.headers.get('set-cookie')).toMatch(
      /^__Host-paidcalls_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(tls.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/)
    const planted = cookieIn(tls).replace('__Host-', '')
    const answer = await fetch(`${behindTls.base}/`, { redirect: 'manual', headers: { cookie: planted } })
    expect(answer.status).toBe(303)
  })

  it.each([
    ...['/\t/evil.example', '/\n/evil.example', '/\r\n/evil.example', '\t//evil.example', '//evil.example'],
    ...['/\\evil.example', '/.//evil.example', '/x/..//evil.example', 'https:evil.example', 'javascript:x()'],
  ])('leads nobody elsewhere by %j', async (to) => {
    const answer = await post('/login', { name: 'anna', password, to })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  })

  it('leads to a page whose name is in any script', async () => {
    const answer = await post('/login', { name: 'anna', password, to: '/sources/офис' })
    expect(answer.headers.get('location')).toBe(encodeURI('/sources/офис'))
    const kept = await fetch(`${web.base}/login?to=%2Fcalls%3Fsrc%3D%2520%2526a`)
    expect(await kept.text()).toContain('value="/calls?src=%20%26a"')
  })

  it.each([
    ['names of many parts', 'name=anna&name=boris&password=x&password=y&to=/&to=/', {}],
    ['a NUL', 'name=an%00na&password=%00&to=%00', {}],
    ['half a letter', 'name=%ED%A0%80&password=%ff', {}],
    ['a name without end', `name=${'x'.repeat(500_000)}&password=${'y'.repeat(500_000)}`, {}],
    ['JSON', '{"name":{"a":1},"password":12,"to":[]}', { 'content-type': 'application/json' }],
    ['JSON of nothing', 'null', { 'content-type': 'application/json' }],
    ['a list', '["name"]', { 'content-type': 'application/json' }],
    ['a text', 'name=anna', { 'content-type': 'text/plain' }],
    ['nothing', '', {}],
  ])('refuses %s, and does not stumble', async (_what, body, headers) => {
    const answer = await raw(web.base, '/login', headers, body)
    expect([400, 401]).toContain(answer.status)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('lets nobody be logged in by another site', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      // Browsers without Fetch Metadata, and all of them without TLS.
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const answer = await post('/login', { name: 'anna', password }, headers)
      expect([answer.status, answer.headers.get('set-cookie')], JSON.stringify(headers)).toEqual([403, null])
    }
    expect((await post('/login', { name: 'anna', password }, { origin: web.base })).status).toBe(303)
  })

  it('asks nobody any more after ten tries, also when all come at once', async () => {
    const right = await web.passwordOf('boris')
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, nr) =>
        post('/login', { name: 'boris', password: nr === 59 ? right : 'wrong' }),
      ),
    )
    expect(answers.map((answer) => answer.status).filter((code) => code !== 401)).toEqual([])
    expect(Number((await ask('select count(*) as tries from web_attempt'))[0]?.['tries'])).toBeLessThan(20)
  })

  it('counts by the address that asks, whatever it says of itself', async () => {
    for (let nr = 0; nr < 30; nr++)
      await raw(
        web.base,
        '/login',
        { 'x-forwarded-for': `10.0.0.${nr}`, forwarded: `for=10.0.0.${nr}` },
        `name=nobody${nr}&password=x`,
      )
    expect((await post('/login', { name: 'anna', password })).status).toBe(401)
  })

  it('counts behind a proxy by the address the proxy adds, whatever stands in front of it', async () => {
    for (let nr = 0; nr < 30; nr++)
      await raw(
        behindTls.base,
        '/login',
        { 'x-forwarded-for': `10.0.0.${nr}, 192.0.2.7` },
        `name=nobody${nr}&password=x`,
      )
    expect(await ask('select distinct address from web_attempt')).toEqual([{ address: '192.0.2.7' }])
    const body = new URLSearchParams({ name: 'anna', password }).toString()
    expect(
      (await raw(behindTls.base, '/login', { 'x-forwarded-for': '9.9.9.9, 192.0.2.7' }, body)).status,
    ).toBe(401)
    expect((await raw(behindTls.base, '/login', { 'x-forwarded-for': '192.0.2.8' }, body)).status).toBe(303)
  })

  it('is logged, and what is refused, without what was typed in vain', async () => {
    await post('/login', { name: 'anna', password })
    await post('/login', { name: 'mypassword-in-the-wrong-field', password: 'x' })
    const boris = await visitor(web, 'boris')
    expect(await status('/users', boris.cookie)).toBe(403)
    await expect.poll(() => web.output()).toMatch(/"path":"\/users","address":"127.0.0.1","msg":"refused"/)
    expect(web.output()).toMatch(/"address":"127.0.0.1","person":"anna","msg":"login"/)
    expect(web.output()).toMatch(/"address":"127.0.0.1","msg":"login refused"/)
    expect(web.output()).not.toContain('mypassword')
  })

  it('takes as long for a name there is not', async () => {
    // The shortest of each in turn: what else goes on at this host only makes it longer, so on a busy one more are measured.
    const least = new Map([
      ['anna', Infinity],
      ['nobody', Infinity],
    ])
    const ratio = (): number => Math.min(...least.values()) / Math.max(...least.values())
    for (let nr = 0; nr < 5 || (nr < 40 && ratio() <= 0.5); nr++) {
      await ask('delete from web_attempt')
      for (const [name, before] of least) {
        const began = performance.now()
        await post('/login', { name, password: 'wrong' })
        least.set(name, Math.min(before, performance.now() - began))
      }
    }
    expect(ratio()).toBeGreaterThan(0.5)
  })

  it('hashes passwords by argon2id, with the memory OWASP asks for', async () => {
    const rows = await ask('select hash from web_password')
    for (const { hash } of rows) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('a password is changed by who knows the one before, and by nobody who tries', async () => {
    const right = await web.passwordOf('boris')
    const cookie = cookieIn(await post('/login', { name: 'boris', password: right }))
    const change = async (now: string): Promise<Response> =>
      post(
        '/me',
        { do: 'password', csrf: await csrfOf(cookie), password: 'long enough and new', now },
        { cookie },
      )
    for (let nr = 0; nr < 10; nr++) expect((await change('wrong')).status).toBe(400)
    expect(await (await change(right)).text()).toContain('too many tries')
    await ask('delete from web_attempt')
    expect((await change(right)).headers.get('location')).toBe('/login')
    expect(await status('/', cookie)).toBe(303)
    expect((await post('/login', { name: 'boris', password: 'long enough and new' })).status).toBe(303)
    expect(await ask('select from web_attempt')).toEqual([])
  })

  it.each([
    ['short', 'elevensigns', 'signs or more'],
    ['of one sign', 'aaaaaaaaaaaaaaaa', 'too easily guessed'],
    ['the name', 'boris-boris-boris', 'too easily guessed'],
    ['a row of keys', '1234567890123', 'too easily guessed'],
    ['known to all', 'passwordpassword', 'too easily guessed'],
  ])('refuses a password that is %s', async (_what, chosen, said) => {
    const now = await web.passwordOf('boris')
    const login = cookieIn(await post('/login', { name: 'boris', password: now }))
    const answer = await post(
      '/me',
      { do: 'password', csrf: await csrfOf(login), now, password: chosen },
      { cookie: login },
    )
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(said)
  })

  it('brings nobody back who was deleted while he changed his password', async () => {
    await ask(`insert into web_user (name, role) values ('carl', 'reader')`)
    const now = await web.passwordOf('carl')
    const login = cookieIn(await post('/login', { name: 'carl', password: now }))
    const csrf = await csrfOf(login)
    const changing = Array.from({ length: 8 }, () =>
      post('/me', { do: 'password', csrf, now, password: 'another one of mine' }, { cookie: login }),
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    await ask(`delete from web_user where name = 'carl'`)
    await Promise.all(changing)
    expect(await ask(`select role from web_user where name = 'carl'`)).toEqual([])
  })
})
