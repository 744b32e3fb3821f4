import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Role } from '../../shared/web/person.ts'
import { useDatabase } from '../support/database.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import {
  actions,
  aHouse,
  downloads,
  fields,
  filled,
  hostile,
  oneOfEach,
  pages,
  roles,
} from '../support/site.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

const withForms = pages.filter(({ send }) => send)
const sendersOf = (path: string): readonly Role[] => {
  const page = pages.find((one) => one.path === path)
  return page?.senders ?? page?.roles ?? []
}

describe('forms', () => {
  let web: Pages
  let each: Map<Role, Visitor>
  const one = (role: Role): Visitor => each.get(role) as Visitor
  const tokens = new Map<Role, string>()

  beforeAll(async () => {
    const { clients } = await aHouse(database.db, database.url)
    web = await startPages(database.url)
    each = await oneOfEach(database.db, web, clients[0])
    for (const role of roles) tokens.set(role, await one(role).csrf())
  }, 120_000)
  afterAll(() => web.stop())

  const post = (
    path: string,
    cookie: string,
    body: string | URLSearchParams | FormData,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${web.base}${path}`, { method: 'POST', redirect: 'manual', headers: { cookie, ...headers }, body })
  const form = (given: Record<string, string>): URLSearchParams => new URLSearchParams(given)

  /** What is kept, all of it, but for what each page writes. */
  async function state(): Promise<string> {
    const tables = await ask(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not in ('web_session', 'web_attempt', 'stage_process') order by 1`,
    )
    const sums = tables.map(
      ({ name }) =>
        `select md5(coalesce(string_agg(t::text, ' ' order by t::text), '')) from ${String(name)} t`,
    )
    return JSON.stringify(
      await ask(sums.map((text, at) => `select ${at} as nr, (${text}) as sum`).join(' union all ')),
    )
  }

  it.each(withForms.map(({ path }) => path))(
    'of %s are taken from nobody but whom they were shown to',
    async (path) => {
      const address = filled(path, '1')
      const [sender = 'administrator'] = sendersOf(path)
      const { cookie } = one(sender)
      const token = tokens.get(sender) ?? ''
      const again = await visitor(web, `second-${path.replace(/\W/g, '')}`)
      const stolen = await again.csrf()
      const before = await state()
      const multipart = new FormData()
      multipart.set('do', 'save')
      const late = new FormData()
      late.set('file', new Blob(['x']), 'x.csv')
      late.set('csrf', token)
      const answers = [
        await post(address, cookie, form({ do: 'save' })),
        await post(address, cookie, form({ do: 'save', csrf: '' })),
        await post(address, cookie, form({ do: 'save', csrf: 'undefined' })),
        await post(address, cookie, form({ do: 'save', csrf: `${token}x` })),
        await post(address, cookie, form({ do: 'save', csrf: stolen })),
        await post(address, cookie, `csrf=${token}&csrf=${token}`, {
          'content-type': 'application/x-www-form-urlencoded',
        }),
        await post(address, cookie, form({ do: 'save', csrf: token }), { 'sec-fetch-site': 'cross-site' }),
        await post(address, cookie, form({ do: 'save', csrf: token }), { 'sec-fetch-site': 'same-site' }),
        await post(address, cookie, `csrf=${token}`, { 'content-type': 'text/plain' }),
        await post(`${address}?csrf=${token}`, cookie, form({ do: 'save' })),
        await post(address, cookie, multipart),
        await post(address, cookie, late),
      ]
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
      const away = await post(address, '', form({ do: 'save', csrf: token }))
      expect([away.status, away.headers.get('location')]).toEqual([303, '/login?to=%2F'])
      expect(await state()).toBe(before)
    },
  )

  it.each(withForms.map(({ path }) => path))(
    'of %s are taken from nobody whose role may not send them',
    async (path) => {
      const before = await state()
      for (const role of roles.filter((other) => !sendersOf(path).includes(other)))
        for (const action of ['save', 'add', 'delete', 'issue'])
          expect(
            (
              await post(
                filled(path, '1'),
                one(role).cookie,
                form({ do: action, csrf: tokens.get(role) ?? '' }),
              )
            ).status,
            role,
          ).toBe(403)
      expect(await state()).toBe(before)
    },
  )

  it.each(withForms.map(({ path }) => path))(
    'of %s may hold anything, and nothing stumbles',
    async (path) => {
      const [sender = 'administrator'] = sendersOf(path)
      // Each text at some pages: all at each would take minutes.
      const text = hostile[withForms.findIndex((page) => page.path === path) % hostile.length] ?? ''
      for (const action of path === '/me' ? ['save'] : actions) {
        const given = Object.fromEntries(fields.map((name) => [name, text]))
        const answer = await post(
          filled(path, '1'),
          one(sender).cookie,
          form({ ...given, do: action, csrf: tokens.get(sender) ?? '' }),
        )
        const said = await answer.text()
        expect([200, 303, 400], `${action} ${text}: ${said.slice(-400)}`).toContain(answer.status)
        expect(answer.headers.get('location') ?? '/').toMatch(/^\/(?!\/)/)
        expect(said).not.toContain('<x-evil>')
      }
    },
  )

  it('are not known by names of JavaScript', async () => {
    const body = form({ csrf: tokens.get('administrator') ?? '', do: 'constructor' })
    const answer = await post('/sources/office%201', one('administrator').cookie, body)
    expect([answer.status, (await answer.text()).includes('This form is not known here')]).toEqual([
      400,
      true,
    ])
  })

  const everywhere = [...pages, ...downloads].map(({ path }) => filled(path, '1'))
  it.each([
    ...everywhere,
    '/login',
    '/style.css',
    '/health',
    '/nothing',
    '/%zz',
    '/calls?%',
    '/api/v1/calls',
    '/api/v1/nothing',
    '/api/v1/openapi.json',
    '//x',
    '/..%2f..%2fetc%2fpasswd',
  ])('%s can be framed, sniffed and kept by nobody', async (path) => {
    for (const cookie of ['', one('administrator').cookie, one('client').cookie])
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD']) {
        const answer = await fetch(`${web.base}${path}`, {
          method,
          redirect: 'manual',
          headers: { cookie, origin: 'https://evil.example' },
        })
        await answer.text()
        expect(answer.status).toBeLessThan(500)
        const found = Object.fromEntries(answer.headers)
        expect(found, `${method} ${path} ${answer.status}`).toMatchObject({
          'content-security-policy':
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'referrer-policy': 'same-origin',
          'cache-control': 'no-store',
          'cross-origin-resource-policy': 'same-origin',
        })
        expect(
          Object.keys(found).filter((name) => /^access-control|^x-powered-by|^server$/.test(name)),
        ).toEqual([])
        if (answer.headers.get('content-type') !== null && answer.status !== 204)
          expect(answer.headers.get('content-type')).toMatch(
            /^(text\/(html|csv|css)|image\/svg\+xml|application\/(json|problem\+json|pdf|vnd\.openxml.*sheet))/,
          )
      }
  })

  it('and addresses are answered whatever the header Host says, and lead nowhere by it', async () => {
    const answer = await fetch(`${web.base}/calls`, {
      redirect: 'manual',
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'javascript' },
    })
    expect(answer.headers.get('location')).toBe('/login?to=%2Fcalls')
    expect(await answer.text()).not.toContain('evil')
  })
})
