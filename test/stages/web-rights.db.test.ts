import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { createKeys } from '../../shared/api/keys.ts'
import { keptTables } from '../../shared/pages/tables/definitions.ts'
import type { Role } from '../../shared/web/person.ts'
import { startApi } from '../support/api.ts'
import type { AskedApi } from '../support/api.ts'
import { useDatabase } from '../support/database.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import { asWeb } from '../support/servers.ts'
import { aHouse, downloads, filled, hostile, oneOfEach, pages } from '../support/site.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('what a person may', () => {
  let web: Pages
  let each: Map<Role, Visitor>
  let acme: Visitor
  let bolt: Visitor
  let clients: [number, number]
  const one = (role: Role): Visitor => each.get(role) as Visitor

  beforeAll(async () => {
    ;({ clients } = await aHouse(database.db, database.url))
    await ask(`update client set name = 'Acme-only' where id = $1`, clients[0])
    await ask(`update client set name = 'Bolt-only' where id = $1`, clients[1])
    for (const client of clients)
      await ask(
        `update alert set message = (select name from client where id = client_id) || ' warned' where client_id = $1`,
        client,
      )
    web = await startPages(database.url)
    each = await oneOfEach(database.db, web, clients[0])
    await one('bookkeeper').send('/statements', { do: 'issue', month: '2026-09' })
    await ask(`insert into web_user (name, role, client_id) values ('bolt', 'client', $1)`, clients[1])
    ;[acme, bolt] = [one('client'), await visitor(web, 'bolt')]
  }, 120_000)
  afterAll(() => web.stop())

  const asked = (path: string, cookie: string): Promise<Response> =>
    fetch(`${web.base}${path}`, { redirect: 'manual', headers: { cookie } })
  const all: readonly { path: string; roles: readonly Role[] }[] = [...pages, ...downloads]

  it.each(all.map(({ path }) => path))('%s is refused to every role it is not for', async (path) => {
    const roles = all.find((page) => page.path === path)?.roles ?? []
    for (const [role, { cookie }] of each)
      if (!roles.includes(role)) {
        const answer = await asked(filled(path, '1'), cookie)
        expect([answer.status, answer.headers.get('location')], role).toEqual(
          role === 'client' && path === '/' ? [303, '/portal'] : [403, null],
        )
      }
  })

  it.each(all.filter(({ roles }) => roles.includes('client')).map(({ path }) => path))(
    '%s shows a client nothing of another, whatever the address says',
    async (path) => {
      const ids = (
        await ask(
          `select id::text from statement union select id::text from paidcalls union select id::text from client`,
        )
      ).map(({ id }) => String(id))
      const theirs = await ask(`select number from statement where client_id = $1`, clients[1])
      for (const id of ids)
        for (const query of [
          '',
          `?client=${clients[1]}&client_id=${clients[1]}&id=${id}&paidcalls.client=${clients[1]}`,
        ]) {
          const text = await (await asked(filled(path, id) + query, acme.cookie)).text()
          expect(text).not.toContain('Bolt-only')
          expect(text).not.toContain('bolt')
          for (const { number } of theirs) expect(text).not.toContain(String(number))
        }
      expect(await bolt.get('/portal')).toContain('Bolt-only')
    },
  )

  it('has no key of the API by being a client', async () => {
    const keys = createKeys(asWeb(database.url, inject('serverUrl')))
    try {
      await expect(keys.make({ name: 'acme', role: 'client', scopes: ['calls'] })).rejects.toThrow(
        'role is administrator, operator, bookkeeper or reader',
      )
    } finally {
      await keys.close()
    }
    for (const path of ['/api/v1/calls', '/api/v1/statements', '/api/v1/clients'])
      expect((await asked(path, acme.cookie)).status).toBe(401)
  })

  it.each(['', 'x', '0', '-1', '1 or 1=1', '99999999999', `' union select 1 --`])(
    'is nothing of a client called %j',
    async (client) => {
      await ask('begin')
      await ask(`select set_config('paidcalls.client', $1, true)`, client)
      await ask('set local role paidcalls_portal')
      const rows = await ask('select * from portal_me').catch((error: unknown) => String(error))
      await ask('rollback')
      expect(
        typeof rows === 'string' ? /invalid input syntax|out of range/.test(rows) : rows.length === 0,
      ).toBe(true)
    },
  )

  describe.each(keptTables.map((table) => [table.name, table] as const))('of the table %s', (name, table) => {
    const rowOf = async (key: unknown) => (await ask(`select * from ${name} where ${table.key} = $1`, key))[0]

    it.each(['administrator', 'operator', 'bookkeeper'] as const)(
      'a %s writes columns of the form alone, and of them what the role may',
      async (role) => {
        const [there] = await ask(`select ${table.key} as key from ${name} limit 1`)
        if (!there || !table.roles.includes(role)) return
        const address = `${table.path}/${encodeURIComponent(String(there['key']))}`
        const columns = (
          await ask(
            `select attname as column from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and (attname <> all ($2) or not has_column_privilege($3, attrelid, attnum, 'update'))`,
            ...[name, table.columns, `paidcalls_${role === 'administrator' ? 'admin' : role}`],
          )
        ).map(({ column }) => String(column))
        const before = await rowOf(there['key'])
        const state = /name="state" value="([^"]+)"/.exec(await one(role).get(address))?.[1] ?? ''
        for (const value of ['7', 'x', ...hostile]) {
          const forged = Object.fromEntries(
            [...columns, `${columns[0] ?? 'id'} = 7, ${columns[0] ?? 'id'}`, '1=1; --'].map((column) => [
              column,
              value,
            ]),
          )
          const { status } = await one(role).send(address, { do: 'save', state, ...forged })
          expect([200, 303, 400]).toContain(status)
        }
        expect(await rowOf(there['key'])).toEqual(before)
      },
    )
  })

  it('is undone once, when many undo at once', async () => {
    const anna = one('administrator')
    const address = `/clients/${clients[1]}`
    const state = /name="state" value="([^"]+)"/.exec(await anna.get(address))?.[1] ?? ''
    await anna.send(address, { do: 'save', state, email: 'new@example.net' })
    const edit = /name="edit"\s+value="(\d+)"/.exec(await anna.get(address))?.[1] ?? ''
    const csrf = await anna.csrf()
    // All have read what was last before the first of them writes.
    await ask('begin')
    await ask('select from client where id = $1 for update', clients[1])
    const undoing = Array.from({ length: 6 }, () =>
      fetch(`${web.base}${address}`, {
        ...{ method: 'POST', redirect: 'manual', headers: { cookie: anna.cookie } },
        body: new URLSearchParams({ csrf, do: 'undo', edit }),
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, 500))
    await ask('commit')
    const answers = await Promise.all(undoing)
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400, 400, 400])
    const [{ edits } = {}] = await ask(
      `select count(*)::integer as edits from change_log where table_name = 'client' and id > $1`,
      edit,
    )
    expect(edits).toBe(1)
  })

  it('is in no log: no password, cookie, token, key or number', async () => {
    const secrets = [acme.cookie.split('=')[1], await acme.csrf(), await web.passwordOf('bolt')]
    await fetch(`${web.base}/login?password=${secrets[2] ?? ''}`)
    await fetch(`${web.base}/calls?key=paidcalls_1_${'x'.repeat(43)}&number=79990001122`, {
      headers: { cookie: acme.cookie },
    })
    await fetch(`${web.base}/api/v1/calls?key=paidcalls_1_${'x'.repeat(43)}`, {
      headers: { authorization: `Bearer paidcalls_1_${'x'.repeat(43)}` },
    })
    await ask('alter table web_session rename to web_session_away')
    await fetch(`${web.base}/calls?number=79990001122`, { headers: { cookie: acme.cookie } })
    await fetch(`${web.base}/login`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'bolt', password: secrets[2] ?? '' }),
    })
    await ask('alter table web_session_away rename to web_session')
    await ask('alter table web_attempt rename to web_attempt_away')
    await fetch(`${web.base}/login`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'bolt', password: secrets[2] ?? '' }),
    })
    await ask('alter table web_attempt_away rename to web_attempt')
    await expect.poll(() => web.output()).toContain('a page could not be shown')
    expect(secrets.map((secret) => (secret ?? '').length > 10)).toEqual([true, true, true])
    for (const secret of [...secrets, 'xxxxxxxxxx', '79990001122', ':web@', ':portal@'])
      expect(web.output()).not.toContain(secret)
  })
})

describe('what a key may', () => {
  let api: AskedApi
  let token: string
  beforeAll(async () => {
    api = await startApi(database.url)
    token = await api.key({
      name: 'all',
      role: 'administrator',
      scopes: ['read', 'calls', 'prices', 'money', 'alerts'],
    })
  }, 60_000)
  afterAll(() => api.stop())

  it('is asked for with anything, and nothing stumbles', async () => {
    for (const { id, method, parameters } of api.operations.filter((operation) => operation.method === 'GET'))
      for (const text of hostile)
        for (const { name, in: place } of parameters) {
          const params = Object.fromEntries(
            parameters
              .filter((other) => other.in === 'path')
              .map((other) => [
                other.name,
                other === parameters.find((found) => found.name === name) ? text : '1',
              ]),
          )
          const answer = await api
            .ask(id, token, { params, query: place === 'query' ? { [name]: text } : {} })
            .catch((error: unknown) => ({ status: -1, faults: String(error), headers: new Headers() }))
          expect([200, 400, 404, 422], `${method} ${id} ${name} ${text}: ${answer.faults}`).toContain(
            answer.status,
          )
        }
  })

  it('is nobody who gives it in the address, in a cookie, in part or in another way', async () => {
    const url = `${api.base}/calls`
    const answers = [
      await fetch(`${url}?key=${token}`),
      await fetch(`${url}?access_token=${token}`),
      await fetch(url, { headers: { cookie: `paidcalls_session=${token}` } }),
      await fetch(url, {
        headers: { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` },
      }),
      await fetch(url, { headers: { authorization: `Bearer ${token.slice(0, -1)}` } }),
      await fetch(url, { headers: { authorization: `Bearer ${token}x` } }),
      await fetch(url, { headers: { authorization: `Bearer ${token.toLowerCase()}` } }),
      await fetch(url, { headers: { 'x-api-key': token } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401))
  })

  it('is refused as fast for a wrong secret of a key there is as near the right one', async () => {
    const secret = token.split('_').slice(2).join('_')
    const least = new Map([
      [token.replace(secret, 'A'.repeat(43)), Infinity],
      [`${token.slice(0, -2)}AA`, Infinity],
    ])
    for (let nr = 0; nr < 60; nr++)
      for (const [wrong, before] of least) {
        const began = performance.now()
        await fetch(`${api.base}/calls`, { headers: { authorization: `Bearer ${wrong}` } })
        least.set(wrong, Math.min(before, performance.now() - began))
      }
    const [far = 0, near = 0] = [...least.values()]
    expect(Math.min(far, near) / Math.max(far, near)).toBeGreaterThan(0.5)
  })
})
