import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  aCall,
  aCallerid,
  aClient,
  anOffice,
  aPlan,
  aProvider,
  aSource,
  aTarif,
  callOf,
} from '../../support/builders.ts'
import { startStages, until } from '../../support/lines.ts'
import type { RunningLine } from '../../support/lines.ts'
import { run } from '../../support/processes.ts'
import { startPlaces } from '../../support/several.ts'
import type { Places } from '../../support/several.ts'

let places: Places
let line: RunningLine
/** An exchange, and a client of extension 900, at home in the second database; extension 201 is the first's. */
let office: Awaited<ReturnType<typeof anOffice>>
let exchange: number
let easterner: number
let waitedBefore: number

const divide = (args: string[], url: string) => run('stages/divide.ts', args, { DATABASE_URL: url })

beforeAll(async () => {
  places = await startPlaces()
  const { west, east } = places
  office = await anOffice(west.db)
  expect(await divide(['--first', 'west'], west.url)).toMatchObject({ code: 0, stderr: '' })
  exchange = await aSource(west.db, { home: 'east' })
  easterner = await aClient(west.db, { tarif_id: office.tarifnum, home: 'east' })
  await aCallerid(west.db, easterner, '902')
  // It came in before there was anything to judge it by.
  waitedBefore = await aCall(east.db, {
    source_id: exchange,
    src: '902',
    problem: 'no client owns caller ID 902',
  })
  expect(await divide(['--copy', 'east', '--from', places.copierUrl], east.url)).toMatchObject({
    code: 0,
    stderr: '',
  })
  line = startStages(east.stageUrl)
})
afterAll(async () => {
  await line.stop()
  await places.stop()
})

const aWaitingCall = async (src: string, row = {}): Promise<number> => {
  const { db } = places.east
  const call = await aCall(db, { source_id: exchange, src, channel: `SIP/${src}-1`, ...row })
  await until(db, 'select from paidcalls where id = $1 and problem is not null', [call])
  return call
}
const priced = (call: number): Promise<number> =>
  until(places.east.db, `select from paidcalls where id = $1 and status = 'tarif defined'`, [call])

/** Until the second database has all that was edited in the first so far. */
async function untilThere(): Promise<void> {
  const { rows } = await places.west.db.query<{ now: string }>('select pg_current_wal_lsn()::text as now')
  await until(
    places.west.db,
    `select from pg_replication_slots where slot_name = 'paidcalls_east' and confirmed_flush_lsn >= $1`,
    [rows[0]?.now],
    20_000,
  )
}

async function expectTheSame(): Promise<void> {
  const { west, east } = places
  const { rows } = await west.db.query<{ name: string }>('select unnest(copied_tables()) as name')
  for (const { name } of rows) {
    const all = `select count(*)::integer as count, md5(string_agg(row::text, ',' order by row::text)) as rows from ${name} row`
    expect((await east.db.query(all)).rows, name).toEqual((await west.db.query(all)).rows)
  }
}

describe('an edit in the first of two databases', () => {
  it('heals a call that waits in the second within a second, at the price that was entered', async () => {
    const call = await aWaitingCall('900', { dst: '84991234567' })
    expect(await callOf(places.east.db, call)).toMatchObject({ problem: 'no client owns caller ID 900' })
    await aCallerid(places.west.db, easterner, '900')
    const waits = `select from paidcalls where id = $1 and problem like '%has no code for 74991234567%'`
    expect(await until(places.east.db, waits, [call])).toBeLessThan(1_000)
    await aTarif(places.west.db, { tarifnum: office.tarifnum, code: '7499', price: '0.90' })
    expect(await priced(call)).toBeLessThan(1_000)
    expect(await callOf(places.east.db, call)).toMatchObject({ total: '0.9000', client_id: easterner })
  })

  it('had healed what waited in the second before that became a copy', async () => {
    expect(await callOf(places.east.db, waitedBefore)).toMatchObject({
      status: 'tarif defined',
      total: '0.6000',
      client_id: easterner,
    })
  })

  it.each<[edited: string, row: object, edit: string, values: () => unknown[]]>([
    [
      'a provider',
      { dstchannel: 'SIP/other-1' },
      `insert into provider (name, channel) values ('other', 'SIP/other')`,
      () => [],
    ],
    [
      'a prefix',
      { dst: '#31#' },
      `insert into prefix (prefix, e164, kind) values ('#31#', '74951234567', 'national')`,
      () => [],
    ],
    [
      'the exchange',
      { disposition: 'TALKED' },
      `update source set billable_by = 'billsec' where id = $1`,
      () => [exchange],
    ],
    [
      'the home of a client',
      { src: '201' },
      `update client set home = 'east' where id = $1`,
      () => [office.client_id],
    ],
  ])('heals what waits for %s', async (_, row, edit, values) => {
    const call = await aWaitingCall('902', row)
    await places.west.db.query(edit, values())
    expect(await priced(call)).toBeLessThan(1_000)
  })

  it('heals by a price list of thousands of rows in one statement', async () => {
    const call = await aWaitingCall('902', { dst: '810442071234567' })
    await places.west.db.query(
      `insert into tarif (tarifnum, code, price) select $1::integer, '4420' || code, 0.2 from generate_series(10000, 29999) code
       union all select $1::integer, '442071', 0.3`,
      [office.tarifnum],
    )
    await until(
      places.east.db,
      `select from paidcalls where id = $1 and status = 'tarif defined'`,
      [call],
      40_000,
    )
    expect(await callOf(places.east.db, call)).toMatchObject({ total: '0.3000' })
  }, 60_000)

  it('shares seconds of a bundle out anew where the client is at home', async () => {
    const { west, east } = places
    const tarifnum = await aPlan(west.db)
    await aTarif(west.db, { tarifnum, code: '7', price: '1' })
    const client_id = await aClient(west.db, { tarif_id: tarifnum, home: 'east' })
    await aCallerid(west.db, client_id, '903')
    await west.db.query(
      `with made as (insert into bundle (tarifnum, name, seconds) values ($1, 'a minute', 60) returning id)
       insert into bundle_code select id, '7' from made`,
      [tarifnum],
    )
    await untilThere()
    const call = await aCall(east.db, { source_id: exchange, src: '903', channel: 'SIP/903-1' })
    await priced(call)
    expect(await callOf(east.db, call)).toMatchObject({ total: '0.0000' })
    await west.db.query(`update bundle set seconds = 30 where tarifnum = $1`, [tarifnum])
    await until(east.db, `select from paidcalls where id = $1 and total = 0.5`, [call])
  })

  it('leaves the same rows in both, those that triggers keep among them', async () => {
    const { west, east } = places
    const base = await aPlan(west.db)
    const plan = await aPlan(west.db, { base, currency: null })
    await west.db.query('update tarifplan set base = $2 where tarifnum = $1', [plan, office.tarifnum])
    const client_id = await aClient(west.db, { tarif_id: base })
    await west.db.query('update client set tarif_id = $2 where id = $1', [client_id, plan])
    await west.db.query(
      `update client_tarif set valid = tstzrange(lower(valid), '2099-01-01') where client_id = $1 and upper(valid) is null`,
      [client_id],
    )
    const provider = await aProvider(west.db, { channel: 'SIP/third', tarifnum: base })
    await west.db.query('update provider set tarifnum = $2 where id = $1', [provider, plan])
    await west.db.query(`insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 0.1)`, [
      office.tarif_id,
    ])
    await west.db.query(`delete from callerid where callerid = '902'`)
    await west.db.query(`insert into cause (cause, meaning, reached) values ('odd', 'odd', false)`)
    await untilThere()
    await expectTheSame()
    expect((await east.db.query(`select from change_log where table_name = 'callerid'`)).rowCount).toBe(0)
    expect((await east.db.query('select from healing')).rowCount).toBe(0)
  })
})

describe('a client that is at home in another database', () => {
  it('is not charged here: its call waits and says where it is to be priced', async () => {
    const west = places.west.db
    const here = startStages(places.west.stageUrl)
    try {
      const call = await aCall(west, { source_id: office.source_id, src: '900', channel: 'SIP/900-1' })
      await until(west, `select from paidcalls where id = $1 and problem is not null`, [call])
      expect((await callOf(west, call))['problem']).toBe(
        `client ${easterner} is at home in database east: its calls are priced there, so have this exchange read there, or set home of the client`,
      )
      await west.query(`update client set home = 'west' where id = $1`, [easterner])
      await until(west, `select from paidcalls where id = $1 and status = 'tarif defined'`, [call])
      await west.query(`update client set home = 'east' where id = $1`, [easterner])
    } finally {
      await here.stop()
    }
  })

  it('has no account and no statement here', async () => {
    await expect(
      places.west.db.query('insert into account (client_id) values ($1)', [easterner]),
    ).rejects.toThrow(`client ${easterner} is at home in database east: its account is there`)
    await untilThere()
    await places.east.db.query('insert into account (client_id) values ($1)', [easterner])
    await places.west.db.query(
      `insert into client_fee (client_id, description, amount, currency, valid) values ($1, 'a line', 10, 'EUR', '[2026-03-01,)')`,
      [easterner],
    )
    await untilThere()
    const made = async (url: string, args: string[] = []) => {
      const ended = await run('stages/statement.ts', ['--month', '2026-03', '--draft', ...args], {
        DATABASE_URL: url,
      })
      return ended.stdout + ended.stderr
    }
    expect(await made(places.west.url)).toContain('0 drafts')
    expect(await made(places.west.url, ['--client', String(easterner)])).toContain(
      `client ${easterner} is at home in database east: its statements are made there`,
    )
    expect(await made(places.east.url, ['--client', String(easterner)])).toContain('1 drafts')
  })

  it('keeps there the moment its statements began when it is edited in the first', async () => {
    await places.east.db.query(`update client set statements_from = '2026-03-01' where id = $1`, [easterner])
    await places.west.db.query(`update client set address = 'Main Street 1' where id = $1`, [easterner])
    await untilThere()
    const { rows } = await places.east.db.query(
      `select address, statements_from is not null as kept from client where id = $1`,
      [easterner],
    )
    expect(rows).toEqual([{ address: 'Main Street 1', kept: true }])
  })
})

describe('an exchange that is at home in another database', () => {
  it('stays where it was read', async () => {
    const { db } = places.west
    await db.query(`insert into cdr (source_id, source_key, record) values ($1, 'a', '{}')`, [
      office.source_id,
    ])
    await expect(
      db.query(`update source set home = 'east' where id = $1`, [office.source_id]),
    ).rejects.toThrow(/stays in database west: its records were read into it/)
  })

  it('is not read here', async () => {
    const { rows: sources } = await places.west.db.query<{ name: string }>(
      'select name from source where id = $1',
      [exchange],
    )
    const name = sources[0]?.name ?? ''
    const { code, stderr } = await run('stages/import.ts', ['--drain'], {
      DATABASE_URL: places.west.stageUrl,
      SOURCE: name,
      CDR_URL: 'csv:///tmp/there-is-none.csv',
    })
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`The source ${name} is read into database east, not into this one`),
    ])
    const { rows } = await places.west.db.query('select state from sources where source = $1', [name])
    expect(rows).toEqual([{ state: 'read into database east' }])
  })
})

describe('a copy', () => {
  it('refuses edits of what is copied, and its clockwork makes none', async () => {
    await expect(aClient(places.east.db)).rejects.toThrow(
      'client is copied from the first database: edit it there',
    )
    await expect(places.east.db.query(`update tarif set price = 1`)).rejects.toThrow('tarif is copied')
    await expect(places.east.db.query('truncate callerid')).rejects.toThrow('callerid is copied')
    expect(
      await run('stages/schedule.ts', ['--drain'], { DATABASE_URL: places.east.stageUrl }),
    ).toMatchObject({ code: 0, stderr: '' })
  })

  it('lets a migration do what it does in the first', async () => {
    const { db } = places.east
    await db.query('begin; select pg_advisory_xact_lock(7281001)')
    await db.query('update tarif set description = description')
    await db.query('rollback')
  })

  it('may keep what the first deletes, so that deletes nothing calls may refer to', async () => {
    await expect(places.west.db.query('delete from tarif where id = $1', [office.tarif_id])).rejects.toThrow(
      'nothing of tarif can be deleted: calls in another database may refer to it',
    )
    await expect(places.west.db.query('truncate callerid')).rejects.toThrow(
      'nothing of callerid can be deleted',
    )
  })
})

describe('when the first database is away', () => {
  it('the second goes on, its doctor says so, and afterwards it has what was edited', async () => {
    const { west, east } = places
    const found = async (url: string) => (await run('stages/doctor.ts', [], { DATABASE_URL: url })).stdout
    expect(await found(east.stageUrl)).toContain(
      'ok    database east gets what is edited in the first database',
    )
    expect(await found(west.stageUrl)).toContain(
      'ok    database west is the first of several; what is edited here reaches 1 others',
    )
    await places.loseWest()
    await until(east.db, `select from pg_stat_subscription where relid is null and pid is null`, [], 20_000)
    expect(await found(east.stageUrl)).toContain(
      'MEND  database east does not get what is edited in the first',
    )
    const call = await aCall(east.db, { source_id: exchange, src: '900', channel: 'SIP/900-1' })
    await priced(call)
    const waiting = await aWaitingCall('904')
    await places.regainWest()
    await aCallerid(places.west.db, easterner, '904')
    await until(
      east.db,
      `select from paidcalls where id = $1 and status = 'tarif defined'`,
      [waiting],
      20_000,
    )
  })

  it('says who holds up what is to change in the second', async () => {
    const { west, east } = places
    await east.db.query(`begin; select from callerid where callerid = '900' for update`)
    await west.db.query(`update callerid set valid = valid where callerid = '900'`)
    await until(west.db, `select pg_sleep(0.5)`)
    const { stdout } = await run('stages/doctor.ts', [], { DATABASE_URL: east.stageUrl })
    await east.db.query('rollback')
    expect(stdout).toMatch(
      /look {2}database east cannot copy on: session \d+ here holds a row that is to change/,
    )
  })

  it('says when a row of the second is in the way, and goes on when that is mended', async () => {
    const { west, east } = places
    await east.db.query(`begin; set local session_replication_role = replica`)
    await east.db.query(`insert into callerid (id, client_id, callerid) values (100000, $1, '999')`, [
      easterner,
    ])
    await east.db.query('commit')
    const waiting = await aWaitingCall('905')
    await west.db.query(`insert into callerid (id, client_id, callerid) values (100000, $1, '905')`, [
      easterner,
    ])
    await until(east.db, `select from pg_stat_subscription_stats where apply_error_count > 0`, [], 20_000)
    // It tries again and again, and works for a moment each time.
    await expect
      .poll(async () => (await run('stages/doctor.ts', [], { DATABASE_URL: east.stageUrl })).stdout)
      .toMatch(/MEND {2}database east does not get .*; changes refused here so far: \d/)
    await east.db.query(`begin; set local session_replication_role = replica`)
    await east.db.query(`delete from callerid where id = 100000`)
    await east.db.query('commit')
    await until(
      east.db,
      `select from paidcalls where id = $1 and status = 'tarif defined'`,
      [waiting],
      20_000,
    )
  })
})

describe('divide', () => {
  it.each<[wrong: string, args: () => string[], on: 'west' | 'east', said: string]>([
    ['nothing', () => [], 'west', 'Say --first NAME, --copy NAME --from URL, or --take-over.'],
    ['a name with capitals', () => ['--first', 'West'], 'west', '--first must be a name of small letters'],
    ['another name', () => ['--first', 'north'], 'west', 'This database is west already, not north.'],
    ['a copy as the first', () => ['--first', 'east'], 'east', 'This database is east, a copy'],
    ['the first to take over', () => ['--take-over'], 'west', 'This database is no copy'],
    [
      'the first as a copy',
      () => ['--copy', 'west', '--from', places.copierUrl],
      'west',
      'This database is west already, the first.',
    ],
    [
      'a copy of a copy',
      () => ['--copy', 'east', '--from', places.east.url],
      'east',
      '--from is not the first database',
    ],
    [
      'a first that is not there',
      () => ['--copy', 'east', '--from', 'postgres://nobody@127.0.0.1:1/none'],
      'east',
      'The first database: The server cannot be reached',
    ],
  ])('refuses %s with one sentence', async (_, args, on, said) => {
    const { code, stderr } = await divide(args(), places[on].url)
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)])
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('may be run again', async () => {
    expect(await divide(['--first', 'west'], places.west.url)).toMatchObject({ code: 0, stderr: '' })
    expect(await divide(['--copy', 'east', '--from', places.copierUrl], places.east.url)).toMatchObject({
      code: 0,
      stderr: '',
    })
  })
})

describe('a copy that is begun anew', () => {
  it('wants its stages stopped, and then has what was edited meanwhile', async () => {
    const { west, east } = places
    await east.db.query('alter subscription paidcalls_edits disable')
    await east.db.query('alter subscription paidcalls_edits set (slot_name = none)')
    await east.db.query('drop subscription paidcalls_edits')
    const { stdout } = await run('stages/doctor.ts', [], { DATABASE_URL: east.stageUrl })
    expect(stdout).toContain('MEND  database east is a copy, and nothing is copied to it')
    const again = () => divide(['--copy', 'east', '--from', places.copierUrl], east.url)
    expect(await again()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'Stop the programs of this database first (client, destination, tariff',
      ) as string,
    })
    await line.stop()
    expect(await again()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('replication slot "paidcalls_east" already exists') as string,
    })
    await west.db.query(
      `select pg_drop_replication_slot('paidcalls_east') from pg_replication_slots where not active`,
    )
    const waiting = await aCall(east.db, { source_id: exchange, src: '907', channel: 'SIP/907-1' })
    await aCallerid(west.db, easterner, '907')
    expect(await again()).toMatchObject({ code: 0, stderr: '' })
    line = startStages(east.stageUrl)
    await until(
      east.db,
      `select from paidcalls where id = $1 and status = 'tarif defined'`,
      [waiting],
      20_000,
    )
    expect(await callOf(east.db, waitedBefore)).toMatchObject({ status: 'tarif defined', total: '0.6000' })
    await expectTheSame()
  })
})

describe('a copy whose first database is lost for good', () => {
  it('takes its place: it is edited, numbers on, heals what waits, and others may copy from it', async () => {
    const { east } = places
    await places.loseWest()
    const waiting = await aWaitingCall('906')
    expect(await divide(['--take-over'], east.url)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('this database is east, the first from now on') as string,
    })
    const { rows } = await east.db.query<{ highest: number }>('select max(id) as highest from callerid')
    expect(await aCallerid(east.db, easterner, '906')).toBe((rows[0]?.highest ?? 0) + 1)
    expect(await priced(waiting)).toBeLessThan(1_000)
    expect((await east.db.query('select from pg_publication')).rowCount).toBe(2)
    await places.regainWest()
  })
})
