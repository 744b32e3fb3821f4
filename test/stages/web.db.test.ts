import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { sheetRows } from '../../shared/decks/sheet/workbook.ts'
import { aCall, aClient, anOffice, aPlan } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { startPages } from '../support/pages.ts'
import type { Pages } from '../support/pages.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

const roles = ['administrator', 'operator', 'bookkeeper', 'reader'] as const
type Role = (typeof roles)[number]
const [all, staff, office, admin, books, keeper] = [
  roles,
  ['administrator', 'operator', 'bookkeeper'],
  ['administrator', 'operator'],
  ['administrator'],
  ['administrator', 'bookkeeper'],
  ['bookkeeper'],
] as readonly (readonly Role[])[]

/** Who may look at which address. */
const addresses: Readonly<Record<string, readonly Role[]>> = {
  '/': all ?? [],
  '/waiting': office ?? [],
  '/calls': all ?? [],
  '/calls.csv': all ?? [],
  '/calls.json': all ?? [],
  '/calls.xlsx': all ?? [],
  '/calls/1': staff ?? [],
  '/calls/1/plans': staff ?? [],
  '/compare': staff ?? [],
  '/now': office ?? [],
  '/rules': office ?? [],
  '/countries': all ?? [],
  '/countries.svg': all ?? [],
  '/providers': all ?? [],
  '/clients': staff ?? [],
  '/alerts': office ?? [],
  '/sources': office ?? [],
  '/sources/office': admin ?? [],
  '/reconciliation': office ?? [],
  '/tariffs': staff ?? [],
  '/tariffs/1': staff ?? [],
  '/tariffs/beside?plan1=1': staff ?? [],
  '/tariffs/beside.csv': staff ?? [],
  '/numbers': office ?? [],
  '/numbers/1': office ?? [],
  '/clients/1': staff ?? [],
  '/clients/1/plan': admin ?? [],
  '/providers/1': office ?? [],
  '/keep': admin ?? [],
  '/keep/1': admin ?? [],
  '/disputes': books ?? [],
  '/disputes/1': books ?? [],
  '/prefixes': office ?? [],
  '/prefixes/1': office ?? [],
  '/lists': office ?? [],
  '/lists/1': office ?? [],
  '/entries/1': office ?? [],
  '/recipients': office ?? [],
  '/recipients/1': office ?? [],
  '/rules/1': office ?? [],
  '/rules/1/rehearse': office ?? [],
  '/plans/1': staff ?? [],
  '/taxes': books ?? [],
  '/taxes/1': books ?? [],
  '/fees/1': books ?? [],
  '/channels/1': books ?? [],
  '/issuer/true': books ?? [],
  '/accounts': staff ?? [],
  '/accounts/1': staff ?? [],
  '/payments/1': books ?? [],
  '/reservations/1': staff ?? [],
  '/tables': staff ?? [],
  '/statements': staff ?? [],
  '/statements/1': keeper ?? [],
  '/doctor': office ?? [],
  '/quote': staff ?? [],
  '/users': admin ?? [],
  '/keys': admin ?? [],
  '/me': all ?? [],
}

describe('the pages', () => {
  let web: Pages
  const cookies = new Map<Role, string>()
  const passwords = new Map<Role, string>()

  const get = (path: string, cookie = ''): Promise<Response> =>
    fetch(`${web.base}${path}`, { redirect: 'manual', headers: { cookie } })
  const post = (
    path: string,
    form: Record<string, string>,
    cookie = '',
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${web.base}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, ...headers },
      body: new URLSearchParams(form),
    })
  const logIn = async (name: string, password: string): Promise<string> =>
    ((await post('/login', { name, password })).headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const text = async (path: string, role: Role): Promise<string> =>
    (await get(path, cookies.get(role))).text()
  const csrfOf = async (role: Role): Promise<string> =>
    /name="csrf" value="([^"]+)"/.exec(await text('/me', role))?.[1] ?? ''
  const send = async (path: string, role: Role, form: Record<string, string>): Promise<Response> =>
    post(path, { csrf: await csrfOf(role), ...form }, cookies.get(role))

  let officeId: Awaited<ReturnType<typeof anOffice>>
  beforeAll(async () => {
    officeId = await anOffice(database.db)
    const calldate = new Date(Date.now() - 3_600_000).toISOString()
    for (let nr = 0; nr < 3; nr++) await aCall(database.db, { source_id: officeId.source_id, calldate })
    for (let nr = 0; nr < 17; nr++)
      await aCall(database.db, { source_id: officeId.source_id, src: '299', calldate })
    await drainStages(database.url)
    await rollUp(database.url)
    web = await startPages(database.url)
    for (const role of roles) {
      const name = `${role}-anna`
      if (role !== 'administrator') await ask('insert into web_user (name, role) values ($1, $2)', name, role)
      passwords.set(role, await web.passwordOf(name))
      cookies.set(role, await logIn(name, passwords.get(role) ?? ''))
    }
  }, 60_000)
  afterAll(() => web.stop())

  describe.each(Object.entries(addresses))('%s', (path, allowed) => {
    it('is open to nobody who is not logged in', async () => {
      const answer = await get(path)
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toMatch(/^\/login/)
    })
    it.each(roles)('is shown to the role %s, or refused', async (role) => {
      const answer = await get(path, cookies.get(role))
      expect(answer.status).toBe(allowed.includes(role) ? 200 : 403)
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      const body = await answer.text()
      expect(body).not.toContain('could not be asked in this role')
      if (!path.endsWith('.svg')) expect(body.length).toBeLessThan(60_000)
    })
  })

  it('are all in the matrix', async () => {
    const listed = [...(await text('/', 'administrator')).matchAll(/<a href="(\/[a-z]*)"/g)].map(
      ([, path]) => path,
    )
    expect(listed.filter((path) => !(path ?? '' in addresses))).toEqual([])
    expect(new Set(listed).size).toBeGreaterThan(9)
  })

  it('let only forms of their own in, with the token of the session', async () => {
    const answers = [
      await post('/waiting', { do: 'try', call: '1' }, cookies.get('administrator')),
      await post('/waiting', { do: 'try', call: '1', csrf: 'x' }, cookies.get('administrator')),
      await post('/me', { do: 'save', csrf: await csrfOf('administrator') }, cookies.get('administrator'), {
        'sec-fetch-site': 'cross-site',
      }),
      await post('/waiting', { do: 'try', call: '1', csrf: await csrfOf('reader') }, cookies.get('reader')),
      await post(
        '/users',
        { do: 'add', name: 'eve', role: 'administrator', csrf: await csrfOf('operator') },
        cookies.get('operator'),
      ),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect(await ask(`select from web_user where name = 'eve'`)).toEqual([])
  })

  it('ask nobody any more who has failed ten times', async () => {
    await ask(`insert into web_user (name, role) values ('mallory', 'reader')`)
    const right = await web.passwordOf('mallory')
    for (let tries = 0; tries < 10; tries++)
      expect((await post('/login', { name: 'mallory', password: 'x' })).status).toBe(401)
    expect((await post('/login', { name: 'MALLORY', password: right })).status).toBe(401)
    await ask(`update web_attempt set tried_at = now() - interval '16 minutes'`)
    expect((await post('/login', { name: 'MALLORY', password: right })).status).toBe(303)
  })

  it('send nobody elsewhere after the login', async () => {
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
      const answer = await post('/login', {
        name: 'administrator-anna',
        password: passwords.get('administrator') ?? '',
        to,
      })
      expect(answer.headers.get('location')).toBe('/')
    }
  })

  it('show a reader numbers masked, whatever he asks for, and whatever he says who he is', async () => {
    const [number] = await ask(
      `select number from paidcalls where number is not null and length(number) > 8 limit 1`,
    )
    expect(await text('/calls', 'administrator')).toContain(String(number?.['number']))
    for (const path of ['/calls', '/calls.csv', `/calls?number=${String(number?.['number']).slice(0, 4)}`])
      expect(await text(path, 'reader')).not.toContain(String(number?.['number']))
    const [mine] = await ask(`select set_config('paidcalls.person', 'administrator-anna', false), person()`)
    expect(mine?.['person']).toBeNull()
    await ask(`select set_config('paidcalls.person', '', false)`)
  })

  it('escape what records and people wrote', async () => {
    const client = await aClient(database.db, { name: '<script>alert(1)</script>' })
    expect(await text('/clients', 'administrator')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    await ask(`delete from client_tarif where client_id = $1`, client)
    expect(await text('/calls?src=%22%3E%3Cscript%3E', 'administrator')).not.toContain('"><script>')
    expect(await text(`/calls?country=x'--`, 'administrator')).toContain('cannot be searched for as Country')
  })

  it('mend what calls wait for, and say who did it; what was entered can be undone', async () => {
    const before = await text('/waiting', 'administrator')
    expect(before).toContain('no client owns caller ID 299')
    expect(before).toMatch(/17 calls, [\d.]+ minutes/)
    expect(await text('/waiting', 'operator')).not.toContain('It is this client')
    const call = /name="call"\s+value="(\d+)"/.exec(before)?.[1] ?? ''
    const form = { call, client: String(officeId.client_id) }
    const looked = await (await send('/waiting', 'administrator', { do: 'look', ...form })).text()
    expect(looked).toContain('17 calls, ')
    expect(looked).toContain('Nothing is done yet')
    expect(await ask(`select from callerid where callerid = '299'`)).toEqual([])
    expect(await ask(`select from paidcalls where src = '299' and problem is null`)).toEqual([])
    const done = await send('/waiting', 'administrator', { do: 'mend', ...form })
    expect(done.headers.get('location')).toBe('/waiting')
    await drainStages(database.url)
    const after = await text('/waiting', 'administrator')
    expect(after).toContain('Done. 17 calls')
    expect(after).not.toContain('no client owns caller ID 299')
    expect(await text('/waiting', 'administrator')).not.toContain('Done. 17 calls')
    expect(
      await ask(
        `select count(*)::integer as priced, strpos($1, '17 calls, ' || trim_scale(sum(total)) || ' ' || max(currency)) > 0 as as_promised from paidcalls where src = '299' and status = 'tarif defined'`,
        looked,
      ),
    ).toEqual([{ priced: 17, as_promised: true }])
    expect(
      await ask(
        `select person, changed_by, new_row ->> 'callerid' as callerid from change_log where table_name = 'callerid' order by id desc limit 1`,
      ),
    ).toEqual([{ person: 'administrator-anna', changed_by: 'paidcalls_test_web', callerid: '299' }])
    const edit = /name="edit"\s+value="(\d+)"/.exec(after)?.[1] ?? ''
    await send('/waiting', 'administrator', { do: 'undo', edit })
    expect(await ask(`select from callerid where callerid = '299'`)).toEqual([])
  })

  it('say in a sentence what a table refuses, and leave all as it was', async () => {
    const answer = await send('/users', 'administrator', { do: 'add', name: 'two words', role: 'reader' })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('a name is one word of letters, digits, dots and dashes')
  })

  it('show the last that was read first, page by page', async () => {
    const rows = (await text('/calls.csv', 'administrator')).trim().split('\n').slice(1)
    const ids = rows.map((row) => Number(row.split(',')[0]))
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    const behind = await text(`/calls?behind=${ids[9] ?? 0}`, 'administrator')
    expect([...behind.matchAll(/href="\/calls\/(\d+)"/g)].map(([, id]) => Number(id))).toEqual(ids.slice(10))
  })

  it('hand out calls as CSV, all of them', async () => {
    const lines = (await text('/calls.csv', 'administrator')).trim().split('\n')
    expect(lines[0]).toBe(
      'id,began,status,direction,client_id,client,src,number,country,duration,billable_sec,disposition,total,currency,problem',
    )
    expect(lines).toHaveLength(21)
  })

  it('hand out calls as JSON and as a workbook, with the same in them', async () => {
    const csv = (await text('/calls.csv', 'administrator')).trim().split('\n').slice(1)
    const json = JSON.parse(await text('/calls.json', 'administrator')) as {
      id: string
      total: string | null
    }[]
    expect(json.map(({ id }) => id)).toEqual(csv.map((line) => line.split(',')[0]))
    const folder = await mkdtemp(join(tmpdir(), 'calls-'))
    const answer = await get('/calls.xlsx', cookies.get('administrator'))
    await writeFile(join(folder, 'calls.xlsx'), Buffer.from(await answer.arrayBuffer()))
    const rows: string[][] = []
    for await (const piece of sheetRows(join(folder, 'calls.xlsx'), undefined))
      rows.push(...piece.map(({ cells }) => cells))
    await rm(folder, { recursive: true })
    expect(rows.map(([id]) => id)).toEqual(['id', ...json.map(({ id }) => id)])
    expect(rows.slice(1).map((cells) => cells[12] || null)).toEqual(json.map(({ total }) => total))
  })

  it('hand out the figures of every plot and of the map as CSV, asked for as the page was', async () => {
    const [rule] = await ask(`select id from rule where metric = 'master value' order by id limit 1`)
    const plots = ['/compare', '/countries?from=2026-01-01', `/rules/${String(rule?.['id'])}/rehearse`]
    for (const path of plots) {
      const shown = await text(path, 'operator')
      const links = [...shown.matchAll(/href="(\?[^"]*csv=[\w-]+)"/g)].map(([, to]) => to ?? '')
      expect(links.length, path).toBeGreaterThanOrEqual(shown.split(/<figure>|class="map"/).length - 1)
      expect(links.length, path).toBeGreaterThan(0)
      for (const link of links) {
        const asked = new URL(link.replaceAll('&amp;', '&'), `${web.base}${path}`)
        const answer = await get(asked.pathname + asked.search, cookies.get('operator'))
        expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
        expect(answer.headers.get('content-disposition')).toMatch(/filename="[\w-]+\.csv"/)
        expect((await answer.text()).split('\n').length, asked.href).toBeGreaterThan(2)
      }
    }
    expect(await text('/compare?csv=constructor', 'operator')).toContain('<h1>Compare</h1>')
    expect((await get('/compare?csv=hours', cookies.get('reader'))).status).toBe(403)
  })

  it('price a call that is not made, and leave nothing of it', async () => {
    const [calls] = await ask('select count(*)::integer as calls from paidcalls')
    const [priced] = await ask(`select number from paidcalls where total > 0 limit 1`)
    const shown = await text(
      `/quote?client=${officeId.client_id}&number=${String(priced?.['number'])}&seconds=61`,
      'bookkeeper',
    )
    expect(shown).toContain('price per minute')
    expect(await ask('select count(*)::integer as calls from paidcalls')).toEqual([calls])
  })

  it('say what a call would have cost under every plan, and change nothing', async () => {
    const cheap = await aPlan(database.db)
    await ask(`update tarifplan set name = 'Half price' where tarifnum = $1`, cheap)
    const [priced] = await ask(
      `select id, number, total::text, client_id from paidcalls where total > 0 order by id limit 1`,
    )
    const [row] = await ask(
      `insert into tarif (tarifnum, code, price) select $1, tarif.code, tarif.price / 2 from paidcalls join tarif on tarif.id = code_id where paidcalls.id = $2 returning price::text`,
      cheap,
      priced?.['id'],
    )
    const shown = await text(`/calls/${String(priced?.['id'])}/plans`, 'bookkeeper')
    expect(shown).toContain('Half price')
    expect(shown).toContain(String(row?.['price']))
    expect(await ask(`select total::text from paidcalls where id = $1`, priced?.['id'])).toEqual([
      { total: priced?.['total'] },
    ])
    expect(await ask('select from client_tarif where tarifnum = $1', cheap)).toEqual([])
  })

  it('put plans side by side by the rows that price calls, and hand the same out as CSV', async () => {
    const [base] = await ask('select tarifnum, price::text from tarif where id = $1', officeId.tarif_id)
    const own = await aPlan(database.db, { base: base?.['tarifnum'], name: 'Own <b>', currency: null })
    const other = await aPlan(database.db, { name: 'Other', currency: 'USD' })
    await ask(
      `insert into tarif (tarifnum, code, price, days, from_time, to_time) values ($1, '74951', 0.5, null, null, null), ($1, '7', 0.1, null, null, null), ($2, '7', 2, null, null, null), ($2, '749', 3, '{1}', '08:00', '09:00'), ($2, '76', 1, null, null, null)`,
      ...[own, other],
    )
    const path = `plan1=${own}&plan2=${other}&plan3=${String(base?.['tarifnum'])}&at=2026-03-03`
    const lines = async (more: string): Promise<string[][]> =>
      (await text(`/tariffs/beside.csv?${path}&${more}`, 'bookkeeper'))
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','))
    const of = (plan: string, tarifnum: unknown): string => `${plan} (${String(tarifnum)})`
    const root = of(/>(plan \d+)</.exec(await text('/tariffs', 'bookkeeper'))?.[1] ?? '', base?.['tarifnum'])
    // 749 of Other counts on Mondays; 7495 is charged by the base of Own, 74951 by Own itself.
    expect(await lines('code=749')).toEqual([
      [
        '7',
        ...['0.1', '', 'EUR', '', '', '7', of('Own <b>', own), ''],
        ...['2', '', 'USD', '2', '0', '7', of('Other', other), ''],
        ...['', '', '', '', '', '', '', ''],
      ],
      [
        '749',
        ...['0.1', '', 'EUR', '', '', '7', of('Own <b>', own), ''],
        ...['2', '', 'USD', '2', '0', '7', of('Other', other), ''],
        ...['', '', '', '', '', '', '', ''],
      ],
      [
        '7495',
        ...['0.6', '', 'EUR', '0.6', '0', '7495', root, ''],
        ...['2', '', 'USD', '2', '0', '7', of('Other', other), ''],
        ...['0.6', '', 'EUR', '0.6', '0', '7495', root, ''],
      ],
      [
        '74951',
        ...['0.5', '', 'EUR', '0.6', '-0.1', '74951', of('Own <b>', own), ''],
        ...['2', '', 'USD', '2', '0', '7', of('Other', other), ''],
        ...['0.6', '', 'EUR', '0.6', '0', '7495', root, ''],
      ],
    ])
    expect((await lines('country=KZ')).map(([code]) => code)).toEqual(['7', '76'])
    expect((await lines('country=RU')).map(([code]) => code)).toEqual(['7', '749', '7495', '74951'])
    expect((await lines('number=74952345678')).map(([code]) => code)).toEqual(['7', '749', '7495'])
    const shown = await text(`/tariffs/beside?${path}&number=74951234567&seconds=90`, 'bookkeeper')
    const cells = shown
      .replace(/\s+/g, ' ')
      .replace(/<[^>]+>/g, '|')
      .replace(/[| ]{2,}/g, '|')
    expect(cells).toContain(`Own &lt;b&gt; (${own})|0.7500|EUR|0.5|master 0.6, -0.1|74951|Own &lt;b&gt;`)
    expect(cells).toContain(`Other (${other})|3.0000|USD|2|7|Other`)
    expect(cells).toContain(`${root}|0.9000|EUR|0.6|7495`)
    await ask('update client set tarif_id = $2 where id = $1', ...[officeId.client_id, own])
    const quoted = await text(
      `/quote?client=${officeId.client_id}&number=74951234567&seconds=90`,
      'bookkeeper',
    )
    await ask('update client set tarif_id = $2 where id = $1', ...[officeId.client_id, base?.['tarifnum']])
    expect(quoted).toContain('0.7500')
    expect(await text(`/tariffs/beside?${path}&country=XX`, 'operator')).toContain('is no country')
    expect(await ask(`select from paidcalls where client_id = 0 or dst = '+74951234567'`)).toEqual([])
  })

  it('say which alerts a rule would have opened, at its threshold and at others', async () => {
    const [rule] = await ask(`select id from rule where metric = 'master value' order by id limit 1`)
    const path = `/rules/${String(rule?.['id'])}/rehearse`
    const some = await text(`${path}?threshold=0.01`, 'operator')
    expect(some).toContain('/clients/')
    expect(some).toContain('above 0.04')
    expect(await text(`${path}?threshold=1000000`, 'operator')).toContain('No alert would have been opened.')
    expect(await text(`${path}?threshold=x`, 'operator')).toContain('is no threshold')
    expect(await ask('select from alert')).toEqual([])
  })

  it('let in, shut out and give new passwords', async () => {
    await send('/users', 'administrator', { do: 'add', name: 'boris', role: 'reader' })
    const [boris] = await ask(`select id from web_user where name = 'boris'`)
    const shown = await (
      await send('/users', 'administrator', { do: 'password', id: String(boris?.['id']) })
    ).text()
    const password = /<code>([^<]+)<\/code>/.exec(shown)?.[1] ?? ''
    const cookie = await logIn('boris', password)
    expect((await get('/', cookie)).status).toBe(200)
    await send('/users', 'administrator', { do: 'disable', id: String(boris?.['id']) })
    expect((await get('/', cookie)).status).toBe(303)
    expect(
      await ask(
        `select person from change_log where table_name = 'web_user' and new_row ->> 'name' = 'boris' limit 1`,
      ),
    ).toEqual([{ person: 'administrator-anna' }])
    expect(
      await ask(
        `select from change_log where old_row::text like '%argon2%' or new_row::text like '%argon2%'`,
      ),
    ).toEqual([])
  })

  it('make keys for programs, shown once, and end them', async () => {
    const form = {
      do: 'make',
      name: 'shop',
      role: 'operator',
      'scope-read': 'yes',
      'scope-calls': 'yes',
      days: '',
    }
    const shown = await (await send('/keys', 'administrator', form)).text()
    const token = /<code>(paidcalls_[^<]+)<\/code>/.exec(shown)?.[1] ?? ''
    const asked = () => fetch(`${web.base}/api/v1/calls`, { headers: { authorization: `Bearer ${token}` } })
    expect((await asked()).status).toBe(200)
    expect(await text('/keys', 'administrator')).not.toContain(token)
    expect(await (await send('/keys', 'administrator', form)).text()).toContain(
      'There is or was a key shop already',
    )
    expect(
      await (
        await send('/keys', 'administrator', { ...form, name: 'none', 'scope-read': '', 'scope-calls': '' })
      ).text(),
    ).toContain('scopes are read, calls')
    const [key] = await ask(`select id from api_key where name = 'shop'`)
    await send('/keys', 'administrator', { do: 'end', id: String(key?.['id']) })
    await vi.waitFor(async () => {
      expect((await asked()).status).toBe(401)
    }, 3_000)
    expect(
      await ask(`select operation, person from change_log where table_name = 'api_key' order by id`),
    ).toEqual([
      { operation: 'insert', person: 'administrator-anna' },
      { operation: 'update', person: 'administrator-anna' },
    ])
  })

  it('refuse a login that is not theirs, at the start', async () => {
    const { code, stderr } = await run('stages/web.ts', [], {
      DATABASE_URL: database.stageUrl,
      LOG_LEVEL: 'silent',
    })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('is no member of paidcalls_web') as string,
    })
  })
})
