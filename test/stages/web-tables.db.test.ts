import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { keptTables } from '../../shared/pages/tables/definitions.ts'
import { aCall, anOffice } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('tables at pages', () => {
  let web: Pages
  let office: Awaited<ReturnType<typeof anOffice>>
  let anna: Visitor
  let boris: Visitor
  const others = new Map<string, Visitor>()

  beforeAll(async () => {
    office = await anOffice(database.db)
    await ask(
      `insert into web_user (name, role) values ('operator', 'operator'), ('bookkeeper', 'bookkeeper'), ('reader', 'reader')`,
    )
    web = await startPages(database.url)
    anna = await visitor(web, 'anna')
    boris = await visitor(web, 'boris')
    for (const role of ['operator', 'bookkeeper', 'reader']) others.set(role, await visitor(web, role))
  }, 60_000)
  afterAll(() => web.stop())

  const client = (): string => `/clients/${office.client_id}`
  const stateOf = (text: string): string => /name="state" value="([^"]+)"/.exec(text)?.[1] ?? ''
  const rowOf = async (id: unknown) =>
    (await ask('select name, email, language from client where id = $1', id))[0]

  describe.each(keptTables.map((table) => [table.name, table] as const))('%s', (_name, table) => {
    it.each(['anna', 'operator', 'bookkeeper', 'reader'])(
      'a new one is open to %s, or refused',
      async (who) => {
        const role = who === 'anna' ? 'administrator' : who
        const one = who === 'anna' ? anna : others.get(who)
        const answer = await fetch(`${web.base}${table.path}/new`, { headers: { cookie: one?.cookie ?? '' } })
        expect(answer.status).toBe(table.roles.some((allowed) => allowed === role) ? 200 : 403)
        const text = await answer.text()
        expect(text).not.toContain('could not be')
        const [may] = await ask(
          `select has_any_column_privilege($1, $2, 'insert') as may`,
          ...[`paidcalls_${role === 'administrator' ? 'admin' : role}`, table.name],
        )
        if (answer.status === 200) expect(text.includes('value="save"')).toBe(may?.['may'])
      },
    )
  })

  it('a row is changed by what was touched alone, and its history says who did what', async () => {
    const state = stateOf(await anna.get(client()))
    const done = await anna.send(client(), {
      do: 'save',
      state,
      name: 'Acme & Sons',
      email: 'office@example.net',
    })
    expect(done.text).toContain('Saved. It counts from now on.')
    expect(done.text).toMatch(/anna[^]*name: [^<]* → Acme &amp; Sons; email: – → office@example.net/)
    expect(await rowOf(office.client_id)).toEqual({
      name: 'Acme & Sons',
      email: 'office@example.net',
      language: 'en',
    })
    const [log] = await ask(
      `select person from change_log where table_name = 'client' order by id desc limit 1`,
    )
    expect(log).toEqual({ person: 'anna' })
  })

  it('a call that is disputed is entered by its number, and said to be no more', async () => {
    const entered = await anna.send('/disputes/new', { do: 'save', call_id: '4711', why: 'Acme: never made' })
    expect(entered.text).toContain('Acme: never made')
    expect(await anna.get('/disputes')).toContain('4711')
    await anna.send('/disputes/4711', { do: 'delete', state: stateOf(await anna.get('/disputes/4711')) })
    expect(await ask('select from disputed_call')).toEqual([])
    await anna.send('/keep/new', {
      do: 'save',
      client_id: String(office.client_id),
      kind: 'mobile',
      months: '3',
    })
    expect(await ask('select client_id, kind, months from keep_numbers')).toEqual([
      { client_id: office.client_id, kind: 'mobile', months: 3 },
    ])
  })

  it('who comes second sees what the first did, and saves again or not', async () => {
    const state = stateOf(await boris.get(client()))
    await anna.send(client(), { do: 'save', state, email: 'first@example.net' })
    const second = await boris.send(client(), { do: 'save', state, email: 'second@example.net' })
    expect(second.text).toContain('anna changed it while you did')
    expect(second.text).toContain('value="second@example.net"')
    expect(second.text).toContain('office@example.net → first@example.net')
    expect(await rowOf(office.client_id)).toMatchObject({ email: 'first@example.net' })
    const again = await boris.send(client(), {
      do: 'save',
      state: stateOf(second.text),
      email: 'second@example.net',
    })
    expect(again.text).toContain('Saved')
    expect(await rowOf(office.client_id)).toMatchObject({ email: 'second@example.net' })
  })

  it('the last change is undone, and no other one', async () => {
    const edit = /name="edit" value="(\d+)"/.exec(await anna.get(client()))?.[1] ?? ''
    await anna.send(client(), { do: 'undo', edit })
    expect(await rowOf(office.client_id)).toMatchObject({ email: 'first@example.net', name: 'Acme & Sons' })
    const twice = await boris.send(client(), { do: 'undo', edit })
    expect(twice.status).toBe(400)
    expect(twice.text).toContain('changed again meanwhile')
  })

  it('a table refuses in its own sentence, and nothing is half done', async () => {
    const state = stateOf(await anna.get(client()))
    const refused = await anna.send(client(), { do: 'save', state, name: 'Other', language: 'xx' })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('language')
    expect(await rowOf(office.client_id)).toMatchObject({ name: 'Acme & Sons' })
  })

  it('what an edit sets going is seen before it is done', async () => {
    await aCall(database.db, { source_id: office.source_id, src: '288' })
    await drainStages(database.url)
    const made = await anna.send('/numbers/new', {
      client_id: String(office.client_id),
      callerid: '2880',
      kind: 'number',
      source_id: String(office.source_id),
    })
    const path = made.to ?? ''
    const form = { state: stateOf(made.text), callerid: '288' }
    const looked = await anna.send(path, { do: 'look', ...form })
    expect(looked.text).toContain('no client owns caller ID 288')
    expect(looked.text).toContain('Nothing is saved yet')
    expect(await ask(`select from callerid where callerid = '288'`)).toEqual([])
    await anna.send(path, { do: 'save', ...form })
    await drainStages(database.url)
    expect(await ask(`select status::text, problem from paidcalls where src = '288'`)).toEqual([
      { status: 'tarif defined', problem: null },
    ])
  })

  it('a span of time is entered by the clock of who enters it, to the second', async () => {
    await ask(`update web_user set time_zone = 'Asia/Kolkata' where name = 'boris'`)
    const made = await boris.send('/numbers/new', {
      client_id: String(office.client_id),
      callerid: '2999',
      kind: 'number',
      'valid.from': '2026-12-01',
      'valid.until': '2027-01-01 12:30:15',
    })
    expect(
      await ask(
        `select lower(valid) = '2026-11-30T18:30:00Z' as since, upper(valid) = '2027-01-01T07:00:15Z' as until from callerid where callerid = '2999'`,
      ),
    ).toEqual([{ since: true, until: true }])
    expect(made.text).toContain('value="2026-12-01 00:00:00"')
    // Saved again as it is, it stays as it is.
    await boris.send(made.to ?? '', {
      do: 'save',
      state: stateOf(made.text),
      'valid.from': '2026-12-01 00:00:00',
      'valid.until': '2027-01-01 12:30:15',
      callerid: '2998',
    })
    expect(
      await ask(
        `select valid @> '2026-11-30T18:30:00Z'::timestamptz as same from callerid where callerid = '2998'`,
      ),
    ).toEqual([{ same: true }])
    await anna.send(made.to ?? '', { do: 'delete' })
    expect(await ask(`select from callerid where callerid = '2998'`)).toEqual([])
  })

  it('another plan from a day on leaves what was before, and no later one is passed over', async () => {
    const [plan] = await ask(
      `insert into tarifplan (name, currency) values ('Next', 'EUR') returning tarifnum`,
    )
    const path = `${client()}/plan`
    const number = String(plan?.['tarifnum'])
    expect((await anna.send(path, { plan: number, from: '2031-01-01' })).text).toContain(
      'It has this plan from 2031-01-01 on',
    )
    expect(
      await ask(
        `select tarifnum, lower(valid) is null as always, upper(valid) = '2031-01-01' as ends from client_tarif where client_id = $1 order by valid`,
        office.client_id,
      ),
    ).toEqual([
      { tarifnum: office.tarifnum, always: true, ends: true },
      { tarifnum: plan?.['tarifnum'], always: false, ends: null },
    ])
    const earlier = await anna.send(path, { plan: number, from: '2030-01-01' })
    expect(earlier.status).toBe(400)
    expect(earlier.text).toContain('A plan from 2031-01-01 on is entered already')
  })

  it('a bookkeeper changes of a client what is his to change, and no more', async () => {
    const keeper = others.get('bookkeeper')
    const page = (await keeper?.get(client())) ?? ''
    expect(page).toContain('name="address"')
    expect(page).not.toContain('name="tarif_id"')
    const state = stateOf(page)
    await keeper?.send(client(), { do: 'save', state, address: 'One\r\nTwo', name: 'Taken over' })
    expect(await ask('select name, address from client where id = $1', office.client_id)).toEqual([
      { name: 'Acme & Sons', address: 'One\nTwo' },
    ])
  })

  it('a payment is entered once by its reference, and counts at once', async () => {
    const keeper = others.get('bookkeeper')
    const opened = await keeper?.send('/accounts/new', {
      client_id: String(office.client_id),
      currency: 'EUR',
      kind: 'prepaid',
      credit_limit: '5',
    })
    const [account] = await ask('select id from account')
    const payment = { account_id: String(account?.['id']), amount: '10.50', reference: 'bank 1' }
    expect((await keeper?.send('/payments/new', payment))?.text).toContain('Added')
    const twice = await keeper?.send('/payments/new', payment)
    expect(twice?.status).toBe(400)
    expect(await ask('select balance::text from account')).toEqual([{ balance: '10.50' }])
    expect(opened?.text).toContain('Acme &amp; Sons EUR')
    expect(await keeper?.get('/accounts')).toContain('15.5')
  })

  it('what is held for a call is given back by hand with a reason, and its record still books', async () => {
    await rollUp(database.url)
    const [account] = await ask('select id, balance::text from account')
    const now = async () =>
      (
        await ask(
          'select reserved = 0 as free, (balance - $1)::float as less from account',
          account?.['balance'],
        )
      )[0]
    const held = async (call_ref: string): Promise<string> => {
      const [made] = await ask('select reserve_money($1) as answer', {
        ...{
          id: randomUUID(),
          account_id: account?.['id'],
          source_id: office.source_id,
          call_ref,
          channel: '',
        },
        ...{ number: '74951234567', amount: '2.5', price: '0.6', value: '2.5', seconds: 250, ends_sec: 370 },
        ...{ country: 'RU', kind: 'national', bundle_seconds: 0, bundle_held: 0, question: {} },
      })
      return `/reservations/${(made?.['answer'] as { reservation: string }).reservation}`
    }
    const [first, second] = [await held('call-1'), await held('call-2')]
    const keeper = others.get('bookkeeper') as Visitor
    const page = `/accounts/${String(account?.['id'])}`
    expect(await keeper.get(page)).toContain(first)
    expect(await others.get('operator')?.get(first)).not.toContain('name="why"')
    expect((await others.get('operator')?.send(first, { amount: '2.5', why: 'x' }))?.status).toBe(403)
    expect(await keeper.get(first)).toContain('2.5 EUR')
    for (const [form, said] of [
      [{ amount: '2.5', why: ' ' }, 'a release wants a reason'],
      [{ amount: '2.5', why: 'asked by 495 123-45-67' }, 'names no number'],
      [{ amount: '1', why: 'x' }, 'By now 2.5 EUR are held'],
    ] as const)
      expect((await keeper.send(first, form)).text).toContain(said)
    expect(await ask('select reserved::text from account')).toEqual([{ reserved: '5.0' }])
    expect((await keeper.send(first, { amount: '2.5', why: 'exchange is gone' })).text).toContain(
      'given back',
    )
    expect((await keeper.send(first, { amount: '2.5', why: 'again' })).text).toContain(
      'it has ended, or never was',
    )
    expect((await anna.send(second, { amount: '2.5', why: 'a test' })).to).toBe(page)
    expect(await now()).toEqual({ free: true, less: 0 })
    expect(await anna.get(page)).toMatch(
      /Released by hand[^]*anna[^]*a test[^]*bookkeeper[^]*exchange is gone/,
    )
    expect(
      await ask(
        `select person, operation, new_row ->> 'why' as why from change_log where table_name = 'reservation' order by id`,
      ),
    ).toEqual([
      { person: 'bookkeeper', operation: 'release', why: 'exchange is gone' },
      { person: 'anna', operation: 'release', why: 'a test' },
    ])
    await aCall(database.db, {
      source_id: office.source_id,
      uniqueid: 'call-1',
      calldate: new Date().toISOString(),
    })
    await drainStages(database.url)
    await rollUp(database.url)
    expect(await now()).toEqual({ free: true, less: -0.6 })
    const { code } = await run('stages/rollup.ts', ['--verify'], {
      DATABASE_URL: database.url,
      ALLOW_SUPERUSER: 'yes',
    })
    expect(code).toBe(0)
  })

  it('a list says who added, changed and took away what, and the last edit of each entry is undone', async () => {
    const list = (await anna.send('/lists/new', { name: 'Dear', kind: 'black' })).to ?? ''
    const entry = { list_id: list.split('/').at(-1) ?? '', description: 'satellites' }
    const first = (await anna.send('/entries/new', { ...entry, code: '881' })).to ?? ''
    const second = (await boris.send('/entries/new', { ...entry, code: '8835100', description: '' })).to ?? ''
    const on = () =>
      ask(
        'select id, code, description from number_list_entry where list_id::text = $1 order by code',
        entry.list_id,
      )
    const all = await on()
    await boris.send(first, { do: 'save', state: stateOf(await boris.get(first)), code: '8816' })
    await anna.send(second, { do: 'delete' })
    const shown = (await anna.get(list)).replace(/\s+/g, ' ')
    expect(shown.slice(shown.indexOf('History of these'))).toMatch(
      />anna<.*?>8835100<.*?>deleted<.*?>boris<.*?>881 satellites<.*?>code: 881 → 8816<.*?>boris<.*?>8835100<.*?>added<.*?>anna<.*?>881 satellites<.*?>added</,
    )
    const operators = await others.get('operator')?.get(list)
    expect([operators?.includes('History of these'), operators?.includes('undo-row')]).toEqual([true, false])
    const undos = [
      ...(await anna.get(list)).matchAll(
        /name="of" value="(\w+)" \/><input type="hidden" name="row" value="(\d+)" \/><input type="hidden" name="edit" value="(\d+)"/g,
      ),
    ]
    expect(undos).toHaveLength(2)
    for (const [, of = '', row = '', edit = ''] of undos)
      expect((await anna.send(list, { do: 'undo-row', of, row, edit })).text).toContain('as it was before')
    expect(await on()).toEqual(all)
    const [, of = '', row = '', edit = ''] = undos[0] ?? []
    const twice = await boris.send(list, { do: 'undo-row', of, row, edit })
    expect([twice.status, twice.text.includes('changed again meanwhile')]).toEqual([400, true])
    expect((await boris.send(list, { do: 'undo-row', of: 'client', row: '1', edit })).status).toBe(400)
  })

  it('lists, prefixes, recipients and rules are kept the same way', async () => {
    const list = await anna.send('/lists/new', { name: 'Never', kind: 'black' })
    const id = /\/lists\/(\d+)/.exec(list.to ?? '')?.[1] ?? ''
    await anna.send('/entries/new', { list_id: id, code: '882', description: 'satellites' })
    expect(await anna.get(`/lists/${id}`)).toContain('882')
    await anna.send('/prefixes/new', {
      prefix: '17900',
      e164: '',
      digits: '[5,16)',
      description: 'cheap carrier',
    })
    expect(await anna.get('/prefixes')).toContain('17900')
    await anna.send('/recipients/new', {
      name: 'Night desk',
      kind: 'mail',
      address: 'night@example.net',
      days: '6, 7',
    })
    expect(await ask(`select days from recipient where name = 'Night desk'`)).toEqual([{ days: [6, 7] }])
    const [desk] = await ask(`select id::text from recipient where name = 'Night desk'`)
    expect((await anna.send(`/recipients/${String(desk?.['id'])}`, { do: 'test' })).text).toContain('not yet')
    expect(await ask(`select what from delivery`)).toEqual([{ what: 'test' }])
    const [rule] = await ask('select id, threshold::text from rule order by id limit 1')
    const path = `/rules/${String(rule?.['id'])}`
    await anna.send(path, {
      do: 'save',
      state: stateOf(await anna.get(path)),
      threshold: '77',
      within: '00:30:00',
    })
    expect(await ask('select threshold::text, within::text from rule where id = $1', rule?.['id'])).toEqual([
      { threshold: '77', within: '00:30:00' },
    ])
  })
})
