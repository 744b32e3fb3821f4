import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { aCall, aCallerid, aClient, anOffice } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import { asPortal } from '../support/servers.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

const paths = [
  '/portal',
  '/portal/calls',
  '/portal/calls.csv',
  '/portal/reports',
  '/portal/alerts',
  '/portal/statements',
  '/portal/rates',
  '/portal/rates.csv',
  '/portal/quote',
]

/** What the portal asks that is no view. */
const questions = [
  `portal_rates('', '')`,
  `portal_calls('-infinity', 'infinity', '', null, null, 9)`,
  `portal_sums('-infinity', 'infinity', 'UTC')`,
  `portal_callers('-infinity', 'infinity', 9)`,
]

describe('the portal', () => {
  let web: Pages
  let office: Awaited<ReturnType<typeof anOffice>>
  let other: number
  let acme: Visitor
  let bolt: Visitor
  const mine = new Map<string, string>()

  beforeAll(async () => {
    office = await anOffice(database.db)
    other = await aClient(database.db, { tarif_id: office.tarifnum, name: 'Bolt' })
    await aCallerid(database.db, other, '777')
    const calldate = new Date(Date.now() - 3_600_000).toISOString()
    const old = '2026-09-12T10:00:00Z'
    const calls = { acme: '201', bolt: '777' }
    for (const [whose, src] of Object.entries(calls)) {
      const number = whose === 'acme' ? '74951111111' : '74952222222'
      mine.set(whose, number)
      for (const when of [calldate, calldate, old])
        await aCall(database.db, { source_id: office.source_id, src, calldate: when, dst: `+${number}` })
    }
    await drainStages(database.url)
    await rollUp(database.url)
    await ask(`insert into web_user (name, role) values ('keeper', 'bookkeeper')`)
    await ask(
      `insert into web_user (name, role, client_id) values ('acme', 'client', $1), ('bolt', 'client', $2)`,
      office.client_id,
      other,
    )
    web = await startPages(database.url)
    const keeper = await visitor(web, 'keeper')
    await keeper.send('/statements', { do: 'issue', month: '2026-09' })
    acme = await visitor(web, 'acme')
    bolt = await visitor(web, 'bolt')
  }, 60_000)
  afterAll(() => web.stop())

  const status = async (path: string, cookie: string): Promise<number> =>
    (await fetch(`${web.base}${path}`, { redirect: 'manual', headers: { cookie } })).status

  it.each(paths)('%s is shown to clients, and to nobody else', async (path) => {
    expect(await status(path, acme.cookie)).toBe(200)
    expect(await status(path, '')).toBe(303)
    const anna = await visitor(web, 'anna')
    expect(await status(path, anna.cookie)).toBe(403)
  })

  it.each(['/calls', '/clients', '/statements', '/users', '/calls.csv', '/statements/1', '/accounts'])(
    '%s is not for clients',
    async (path) => {
      expect(await status(path, acme.cookie)).toBe(403)
    },
  )

  it('a client comes to the portal when it logs in', async () => {
    const answer = await fetch(`${web.base}/`, { redirect: 'manual', headers: { cookie: acme.cookie } })
    expect(answer.headers.get('location')).toBe('/portal')
    expect(await acme.get('/portal')).not.toContain('href="/calls"')
  })

  it('shows each client its own calls with whole numbers, and none of another', async () => {
    for (const [one, own, others] of [
      [acme, 'acme', 'bolt'],
      [bolt, 'bolt', 'acme'],
    ] as const)
      for (const path of ['/portal/calls', '/portal/calls.csv']) {
        const text = await one.get(path)
        expect(text).toContain(mine.get(own))
        expect(text).not.toContain(mine.get(others))
      }
    expect((await acme.get('/portal/calls.csv')).trim().split('\n')).toHaveLength(3)
  })

  it('shows calls of any day, those in the archive too, each once and as it is priced now', async () => {
    const september = '/portal/calls.csv?from=2026-09-01&until=2026-09-30'
    const before = (await acme.get(september)).trim().split('\n')
    expect(before).toHaveLength(2)
    expect(before[1]).toContain('2026-09-12 10:00:00,201,74951111111,RU,60,0.6,0.6,0,EUR')
    await ask(`update tarif set price = 0.9 where id = $1`, office.tarif_id)
    await ask(
      `select rerate($1, '2026-09-12', '2026-09-13', 'dearer', 'destination defined')`,
      office.client_id,
    )
    await drainStages(database.url)
    await rollUp(database.url)
    const dearer = (await acme.get(september)).trim().split('\n')
    expect(dearer.map((line) => line.replace('0.9,0.9', '0.6,0.6'))).toEqual(before)
    expect(dearer).not.toEqual(before)
    await ask('select archive_calls(0, now())')
    expect(await ask('select from archived_call')).toHaveLength(6)
    expect((await acme.get(september)).trim().split('\n')).toEqual(dearer)
    await aCall(database.db, {
      ...{ source_id: office.source_id, src: '201', dst: '+74951111111', calldate: '2026-09-13T10:00:00Z' },
    })
    await drainStages(database.url)
    await rollUp(database.url)
    const both = (await acme.get(september)).trim().split('\n')
    expect([both[0], ...both.slice(2)]).toEqual(dearer)
    expect(both[1]).toContain('2026-09-13 10:00:00')
    expect(await acme.get('/portal/calls?from=2026-01-01&until=2026-12-31')).toContain('From 1 to 92 days')
  })

  it('walks through calls of one moment, and leaves none out', async () => {
    const portal = new pg.Client(asPortal(database.url, inject('serverUrl')))
    await portal.connect()
    try {
      await portal.query('begin')
      await portal.query(`select set_config('paidcalls.client', $1, true)`, [String(office.client_id)])
      const seen: string[] = []
      for (let behind: [string | null, string | null] = [null, null]; ;) {
        const { rows } = await portal.query<{ id: string; at: string }>(
          `select id::text, calldate::text as at from portal_calls('2026-01-01', 'infinity', '7495', $1, $2, 1)`,
          behind,
        )
        const [row] = rows
        if (!row) break
        seen.push(row.id)
        behind = [row.at, row.id]
      }
      const own = await ask(
        `select id::text from (select id, calldate, client_id from paidcalls union all select id, calldate, client_id from archived_call) call where client_id = $1 order by calldate desc, id desc`,
        office.client_id,
      )
      expect(own).toHaveLength(4)
      expect(seen).toEqual(own.map(({ id }) => id))
    } finally {
      await portal.end()
    }
  })

  it('adds up a month by day, country and caller, as its calls do', async () => {
    const shown = await acme.get('/portal/reports?month=2026-09')
    expect(shown).toContain('Russia')
    expect(shown).not.toContain('777')
    const figures = (name: string) => acme.get(`/portal/reports?month=2026-09&csv=${name}-2026-09`)
    expect(await figures('days')).toBe(
      'day,calls,minutes,total,currency,at_master,saved\n2026-09-12,1,1.0,0.9,EUR,0.9,0\n2026-09-13,1,1.0,0.9,EUR,0.9,0\n',
    )
    expect(await figures('countries')).toBe(
      'country,calls,minutes,total,currency,at_master,saved\nRussia,2,2.0,1.8,EUR,1.8,0\n',
    )
    expect(await figures('callers')).toBe('caller,calls,minutes,total,currency,saved\n201,2,2.0,1.8,EUR,0\n')
  })

  it('hands a statement to whom it was sent, whatever number another asks for', async () => {
    const statements = await ask('select id::text, client_id, number from statement order by id')
    expect(statements).toHaveLength(2)
    for (const { id, client_id, number } of statements)
      for (const [one, client] of [
        [acme, office.client_id],
        [bolt, other],
      ] as const) {
        const answer = await fetch(`${web.base}/portal/statements/${String(id)}/pdf`, {
          headers: { cookie: one.cookie },
        })
        expect(answer.status).toBe(client === client_id ? 200 : 400)
        expect((await one.get('/portal/statements')).includes(String(number))).toBe(client === client_id)
      }
  })

  it('prices a call by its own plan, whoever the address names, and leaves nothing', async () => {
    const [before] = await ask('select count(*) as calls from paidcalls')
    const shown = await acme.get(`/portal/quote?number=%2B74951111111&seconds=60&client=${other}`)
    expect(shown).toContain('It would cost')
    expect((await ask('select count(*) as calls from paidcalls'))[0]).toEqual(before)
    expect(await acme.get('/portal/quote?number=x')).toContain('would wait')
    expect(await acme.get('/portal/rates?number=74951234567')).toContain('7495')
  })

  it('does not break the next request when one fails in its midst, on whichever connection', async () => {
    for (let nr = 0; nr < 20; nr++) {
      const [, text] = await Promise.all([
        acme.get('/portal/quote?number=x&seconds=1e9'),
        bolt.get('/portal/calls'),
        acme.get('/portal/statements/99/pdf'),
      ])
      expect(text).toContain(mine.get('bolt'))
      expect(text).not.toContain(mine.get('acme'))
    }
  })

  it('its login sees nothing without a client, no table at all, and changes nothing', async () => {
    const portal = new pg.Client(asPortal(database.url, inject('serverUrl')))
    await portal.connect()
    try {
      const views = (
        await ask(`select relname as name from pg_class where relkind = 'v' and relname like 'portal\\_%'`)
      ).map(({ name }) => String(name))
      expect(views.length).toBeGreaterThan(5)
      for (const view of views) expect((await portal.query(`select from ${view}`)).rowCount, view).toBe(0)
      for (const question of questions)
        expect((await portal.query(`select from ${question}`)).rowCount, question).toBe(0)
      const refused = await ask(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and relname not like 'portal\\_%'`,
      )
      for (const { name } of refused)
        await expect(portal.query(`select from ${String(name)}`), String(name)).rejects.toThrow(
          'permission denied',
        )
    } finally {
      await portal.end()
    }
  })

  it('two clients one after the other on one connection each see their own', async () => {
    const portal = new pg.Client(asPortal(database.url, inject('serverUrl')))
    await portal.connect()
    try {
      for (const client of [office.client_id, other, office.client_id]) {
        await portal.query('begin')
        await portal.query(`select set_config('paidcalls.client', $1, true)`, [String(client)])
        const { rows } = await portal.query<{ name: string }>('select name from portal_me')
        expect(rows).toEqual(await ask('select name from client where id = $1', client))
        await portal.query(client === other ? 'rollback' : 'commit')
        expect((await portal.query('select from portal_me')).rowCount).toBe(0)
      }
    } finally {
      await portal.end()
    }
  })

  it('a reader who sets the client himself sees nothing more', async () => {
    await ask(
      `do $$ begin create role portal_test_reader login in role paidcalls_reader; exception when duplicate_object then null; end $$`,
    )
    await ask('begin')
    await ask(`select set_config('paidcalls.client', $1, true)`, String(office.client_id))
    await ask('set local role portal_test_reader')
    await expect(database.db.query('select from portal_days')).rejects.toThrow('permission denied')
    await ask('rollback')
    await ask('begin')
    await ask('set local role portal_test_reader')
    await ask('savepoint asked')
    for (const question of questions) {
      await expect(database.db.query(`select from ${question}`), question).rejects.toThrow(
        'permission denied',
      )
      await ask('rollback to asked')
    }
    await ask('rollback')
    await ask('drop role portal_test_reader')
  })
})
