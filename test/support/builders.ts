// Builders of rows, so that a test names only what it is about. Each inserts one row and gives back its id.

import type { Database } from '../../shared/database/connect.ts'
import type { Status } from '../../shared/line/claim.ts'

type Row = Record<string, unknown>

/** An exchange in Moscow: 9 for an outside line, extensions of three digits. */
export function aSource(db: Database, row: Row = {}): Promise<number> {
  return insert(db, 'source', {
    name: `office ${next()}`,
    country: 'RU',
    area_code: '495',
    outside_line: '9',
    extension_digits: [3],
    ...row,
  })
}

/** A complete plan in euros by the second. */
export function aPlan(db: Database, row: Row = {}): Promise<number> {
  const complete = row['base'] === undefined ? { first_sec: 1, step_sec: 1 } : {}
  return insert(db, 'tarifplan', { name: `plan ${next()}`, ...complete, ...row }, 'tarifnum')
}

export function aTarif(db: Database, row: Row): Promise<number> {
  return insert(db, 'tarif', { price: '0.60', ...row })
}

export function aClient(db: Database, row: Row = {}): Promise<number> {
  return insert(db, 'client', { name: `client ${next()}`, ...row })
}

export function aCallerid(db: Database, client_id: number, callerid: string, row: Row = {}): Promise<number> {
  return insert(db, 'callerid', { client_id, callerid, ...row })
}

/** A trunk; calls over channels SIP/trunk-… go out by it. */
export function aProvider(db: Database, row: Row = {}): Promise<number> {
  return insert(db, 'provider', { name: 'a trunk', channel: 'SIP/trunk', ...row })
}

export function aPrefix(db: Database, prefix: string, row: Row = {}): Promise<number> {
  return insert(db, 'prefix', { prefix, ...row })
}

/** An answered minute from extension 201 to Moscow over SIP/trunk. */
export function aCall(db: Database, row: Row & { status?: Status } = {}): Promise<number> {
  return insert(db, 'paidcalls', {
    calldate: '2026-03-02T12:00:00Z',
    channel: 'SIP/201-00000001',
    dstchannel: 'SIP/trunk-00000002',
    src: '201',
    dst: '84951234567',
    disposition: 'ANSWERED',
    duration: 65,
    billsec: 60,
    ...row,
  })
}

/** What an ordinary call needs to be priced: an exchange, a trunk, a plan for Moscow, and the client of extension 201. */
export async function anOffice(db: Database): Promise<{
  source_id: number
  provider_id: number
  tarifnum: number
  client_id: number
  tarif_id: number
}> {
  const source_id = await aSource(db)
  const provider_id = await aProvider(db)
  const tarifnum = await aPlan(db)
  const tarif_id = await aTarif(db, { tarifnum, code: '7495' })
  const client_id = await aClient(db, { tarif_id: tarifnum })
  await aCallerid(db, client_id, '201')
  return { source_id, provider_id, tarifnum, client_id, tarif_id }
}

/** One call as it stands now. */
export async function callOf(db: Database, id: number): Promise<Row> {
  const { rows } = await db.query<Row>('select * from paidcalls where id = $1', [id])
  const [call] = rows
  if (!call) throw new Error(`There is no call ${id}.`)
  return call
}

/** Leaves no calls, for the next test of the file. What only grows is emptied here and nowhere else. */
export async function emptyCalls(db: Database): Promise<void> {
  await db.query(
    `set session_replication_role = replica;
    truncate paidcalls, rating_decision, bundle_take, archived_call, archived_decision, cdr, healing, stage_process cascade;
    set session_replication_role = default`,
  )
}

/** Leaves neither calls nor anything administrators keep. */
export async function empty(db: Database): Promise<void> {
  await emptyCalls(db)
  await db.query(
    `set session_replication_role = replica;
    truncate source, client, provider, tarifplan, prefix, change_log cascade;
    set session_replication_role = default`,
  )
}

let number = 0
function next(): number {
  return ++number
}

// Names of tables and columns are those the test itself has written.
async function insert(db: Database, table: string, row: Row, key = 'id'): Promise<number> {
  const columns = Object.keys(row)
  const { rows } = await db.query<{ key: number }>(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})
     returning ${key} as key`,
    Object.values(row),
  )
  return rows[0]?.key ?? 0
}
