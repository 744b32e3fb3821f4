import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aCall, anOffice } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages } from '../support/lines.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('what is entered at pages', () => {
  let web: Pages
  let office: Awaited<ReturnType<typeof anOffice>>
  let anna: Visitor
  let boris: Visitor
  let tarifnum: number
  const plan = (): string => `/tariffs/${tarifnum}`
  const fileOf = (text: string): string => /name="file"\s+value="([^"]+)"/.exec(text)?.[1] ?? ''

  beforeAll(async () => {
    office = await anOffice(database.db)
    web = await startPages(database.url)
    anna = await visitor(web, 'anna')
    boris = await visitor(web, 'boris')
    const [made] = await ask(
      `insert into tarifplan (name, currency) values ('Lists', 'EUR') returning tarifnum`,
    )
    tarifnum = Number(made?.['tarifnum'])
  }, 60_000)
  afterAll(() => web.stop())

  it('a price from a day on leaves what was before as it was', async () => {
    expect((await anna.send(plan(), { do: 'price', code: '4420', price: '0.05' })).text).toContain(
      '4420 costs 0.05',
    )
    expect(
      (await anna.send(plan(), { do: 'price', code: '4420', price: '0.07', from: '2031-01-01' })).text,
    ).toContain('4420 costs 0.07')
    expect(
      (await anna.send(plan(), { do: 'price', code: '4420', price: '0.07', from: '2031-01-01' })).text,
    ).toContain('It costs that already')
    expect(
      await ask(
        `select price, upper(valid) = '2031-01-01' as ends from tarif where tarifnum = $1 and code = '4420' order by lower(valid)`,
        tarifnum,
      ),
    ).toEqual([
      { price: '0.05', ends: true },
      { price: '0.07', ends: null },
    ])
    const wrong = await anna.send(plan(), { do: 'price', code: '+44 x', price: 'much' })
    expect(wrong.status).toBe(400)
    expect(wrong.text).toContain('The price has')
    expect(wrong.text).not.toContain('/tmp')
  })

  it('a price list is looked at, told how it is read, tried on calls and loaded', async () => {
    await aCall(database.db, { source_id: office.source_id })
    await drainStages(database.url)
    const list = { name: 'List <b>.csv', text: 'Wohin;Vorwahl;Preis/min\nParis;331;0,02\nBerlin;4930;0,01\n' }
    const unclear = await anna.send(plan(), { do: 'check', from: '2026-01-01' }, list)
    expect(unclear.status).toBe(200)
    expect(unclear.text).toContain('List &lt;b&gt;.csv')
    expect(unclear.text).toContain('&quot;column of code&quot; below')
    expect(unclear.text).not.toContain('Load it')
    const file = fileOf(unclear.text)
    const how = {
      file,
      from: '2026-01-01',
      'code-column': 'Vorwahl',
      'price-column': 'Preis/min',
      'description-column': 'Wohin',
      ignore: '',
      'keep-gone': 'on',
    }
    const clear = await anna.send(plan(), { do: 'check', ...how })
    expect(clear.text).toContain('new 2, raised 0, lowered 0, unchanged 0')
    expect(
      await ask('select from tarif where tarifnum = $1 and code in ($2, $3)', tarifnum, '331', '4930'),
    ).toEqual([])
    expect((await anna.send(plan(), { do: 'rehearse', ...how, since: '2020-01-01' })).text).toContain(
      'nothing is changed',
    )
    expect((await boris.send(plan(), { do: 'load', ...how })).text).toContain('not kept any more')
    expect((await anna.send(plan(), { do: 'load', ...how })).text).toContain('written: 2 codes')
    expect(
      await ask(
        `select code, price, description from tarif where tarifnum = $1 and code <> '4420' order by code`,
        tarifnum,
      ),
    ).toEqual([
      { code: '331', price: '0.02', description: 'Paris' },
      { code: '4930', price: '0.01', description: 'Berlin' },
    ])
    expect(
      await ask(
        `select distinct person from change_log where table_name = 'tarif' and new_row ->> 'code' = '331'`,
      ),
    ).toEqual([{ person: 'anna' }])

    // Two administrators look at the same list of what was loaded; it is undone once.
    const shown = await anna.get(plan())
    expect(shown).toContain('Undo: List &lt;b&gt;.csv')
    const load = /name="load" value="(\d+)"/.exec(shown)?.[1] ?? ''
    expect((await boris.send(plan(), { do: 'undo', load })).text).toContain('undone: 2 codes')
    expect((await anna.send(plan(), { do: 'undo', load })).text).toContain('This list is undone already.')
    expect(
      await ask(`select from tarif where tarifnum = $1 and code = '331' and not withdrawn`, tarifnum),
    ).toEqual([])
    expect(await ask(`select undone_by from deck_load where id = $1`, load)).toEqual([{ undone_by: 'boris' }])
  })

  it('a file comes only with a form of theirs, one at a time', async () => {
    const list = { name: 'a.csv', text: 'code,price\n1,1\n' }
    expect((await anna.send(plan(), { csrf: 'x', do: 'load', from: '2026-01-01' }, list)).status).toBe(403)
    const body = new FormData()
    body.append('csrf', await anna.csrf())
    for (const name of ['a.csv', 'b.csv']) body.append('file', new Blob([list.text]), name)
    const two = await fetch(`${web.base}${plan()}`, {
      method: 'POST',
      body,
      headers: { cookie: anna.cookie },
    })
    expect(two.status).toBe(413)
    const elsewhere = await anna.send('/waiting', { do: 'try' }, list)
    expect(elsewhere.status).toBe(403)
    expect(await ask(`select from tarif where tarifnum = $1 and code = '1'`, tarifnum)).toEqual([])
  })

  it('bytes that are no list are refused in a sentence', async () => {
    const answer = await anna.send(
      plan(),
      { do: 'check', from: '2026-01-01' },
      { name: 'x.xlsx', text: new Uint8Array([0x50, 0x4b, 3, 4, 0, 255, 1, 2, 3]) },
    )
    expect(answer.status).toBe(200)
    expect(answer.text).toMatch(/x\.xlsx/)
    expect(answer.text).not.toContain('/tmp')
  })

  it('numbers are pasted with their clients, all or none', async () => {
    const lines =
      'number;client;kind\n+49 30 7770001;Pasted GmbH\n49307770002;Pasted GmbH;did\nmarketing;Other & Sons;accountcode'
    expect((await anna.send('/numbers', { do: 'paste', lines, plan: String(tarifnum) })).text).toContain(
      '3 numbers have an owner now; 2 clients are new',
    )
    expect(
      await ask(
        `select client.name, kind, callerid, tarif_id from callerid join client on client.id = client_id where client.name in ('Pasted GmbH', 'Other & Sons') order by callerid`,
      ),
    ).toMatchObject([
      { name: 'Pasted GmbH', kind: 'number', callerid: '+49 30 7770001', tarif_id: tarifnum },
      { name: 'Pasted GmbH', kind: 'did', callerid: '49307770002' },
      { name: 'Other & Sons', kind: 'accountcode', callerid: 'marketing' },
    ])
    const twice = await anna.send('/numbers', {
      do: 'paste',
      lines: '49301112223,New one\n49307770001,New one',
    })
    expect(twice.status).toBe(400)
    expect(twice.text).toContain('a caller ID has one owner at a time')
    expect(await ask(`select from client where name = 'New one'`)).toEqual([])
    expect((await anna.send('/numbers', { do: 'paste', lines: '4930,' })).text).toContain(
      'Line 1 needs a number and a client',
    )
  })

  it('a number that is given up keeps the calls it had', async () => {
    const [owned] = await ask(`select id::text from callerid where callerid = 'marketing'`)
    await anna.send('/numbers', { do: 'end', id: String(owned?.['id']) })
    expect(
      await ask(`select upper(valid) <= now() as ended from callerid where callerid = 'marketing'`),
    ).toEqual([{ ended: true }])
  })

  it('an exchange is added, and where pages write no file the lines for .env are shown', async () => {
    const made = await anna.send('/sources', {
      name: 'branch/2',
      format: 'freeswitch',
      time_zone: 'Asia/Kolkata',
      country: 'in',
      extension_digits: '3, 5',
    })
    expect(made.text).toContain('SOURCE=branch/2')
    expect(
      await ask(`select format, time_zone, country, extension_digits from source where name = 'branch/2'`),
    ).toEqual([{ format: 'freeswitch', time_zone: 'Asia/Kolkata', country: 'IN', extension_digits: [3, 5] }])
    const path = `/sources/${encodeURIComponent('branch/2')}`
    expect(
      (
        await anna.send(path, {
          do: 'settings',
          format: 'asterisk',
          time_zone: 'Mars/Olympus',
          extension_digits: '3',
        })
      ).text,
    ).toContain('time_zone is an IANA name such as Europe/Moscow.')
    expect((await anna.send(path, { do: 'look', address: 'csv:///etc/passwd' })).text).toContain(
      'stand in .env',
    )
    expect((await anna.send(path, { do: 'upload' }, { name: 'x.csv', text: 'x' })).text).toContain(
      'stand in .env',
    )
  })

  it('callers that were seen are proposed, and owned with a client that is new', async () => {
    await aCall(database.db, { source_id: office.source_id, src: '277', accountcode: 'harbour' })
    await drainStages(database.url)
    const [source] = await ask('select name from source where id = $1', office.source_id)
    const path = `/sources/${String(source?.['name'])}`
    expect(await anna.get(path)).toContain('name="caller:accountcode:harbour"')
    const done = await anna.send(path, {
      do: 'callers',
      'caller:accountcode:harbour': 'on',
      name: 'Harbour',
      plan: String(tarifnum),
    })
    expect(done.text).toContain('1 has an owner now')
    expect(done.text).not.toContain('name="caller:accountcode:harbour"')
    await anna.send(path, { do: 'callers', 'caller:accountcode:harbour': 'on', name: 'Twice' })
    expect(await ask(`select from client where name = 'Twice'`)).toEqual([])
  })
})
