import { beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { ring, seedTable, until, useMysql } from '../../support/importing.ts'
import { start } from '../../support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()
let names = 0

beforeAll(() => exchange.my.query(`set session sql_mode = ''`))

const withoutMark = (name: string) => seedTable(name, 'InnoDB').replace(/marked .*\n/, '')
const withoutKey = (name: string) =>
  withoutMark(name)
    .replace(/ID integer.*\n/, '')
    .replace(/primary key.*?\(ID\), key/, 'key')
    .replace(/unique key ID \(ID\), /, '')

async function reading(
  definition: (name: string) => string,
  calls: number,
  work: (source: {
    name: string
    id: number
    db: Database
    count: () => Promise<void>
    output: () => string
  }) => Promise<void>,
): Promise<void> {
  const name = `cdr${names++}`
  await exchange.my.query(definition(name))
  await ring(exchange.my, name, 1, calls)
  // Each of the tests, which run at once, asks over a connection of its own.
  const db = await connect(billing.url, 'test')
  const id = await aSource(db, { name })
  const { child, ended, output } = start('stages/import.ts', [], {
    DATABASE_URL: billing.url,
    SOURCE: name,
    CDR_URL: `${exchange.url}?table=${name}`,
  })
  const timesCounted = () => output().split('source counted').length
  try {
    await until('the records to be read', async () => (await kept(db, id)) > 0)
    const count = async (): Promise<void> => {
      const before = timesCounted()
      await db.query(`select pg_notify('paidcalls reconcile', $1)`, [String(id)])
      await until('the source to be counted', () => timesCounted() > before)
    }
    await work({ name, id, db, count, output })
  } finally {
    child.kill('SIGTERM')
    await ended
    await disconnect(db)
  }
}

async function kept(db: Database, id: number): Promise<number> {
  const { rows } = await db.query<{ records: number }>(
    'select count(*)::integer as records from cdr where source_id = $1',
    [id],
  )
  return rows[0]?.records ?? 0
}

const rereads = async (db: Database, name: string) =>
  (await db.query<{ rereads: number }>('select rereads from sources where source = $1', [name])).rows[0]
    ?.rereads

async function lose(db: Database, id: number, records: number): Promise<void> {
  await db.query(
    `with lost as (delete from paidcalls where cdr_id in (select id from cdr where source_id = $1 order by id limit $2) returning cdr_id)
     select count(*) from lost`,
    [id, records],
  )
  await db.query(
    'delete from cdr where id in (select id from cdr where source_id = $1 order by id limit $2)',
    [id, records],
  )
}

// They wait more than they work.
describe.concurrent('records that the source has and that are not here', () => {
  it.each([
    ['with a key', withoutMark],
    ['without any key', withoutKey],
  ])('come by themselves after a count: a table %s is read again', async (_, definition) => {
    await reading(definition, 1_200, async ({ name, id, db, count }) => {
      await until('all records', async () => (await kept(db, id)) === 1_200)
      await lose(db, id, 7)
      await count()
      await until('what is missing', async () => (await kept(db, id)) === 1_200)
      expect(await rereads(db, name)).toBe(1)
      await count()
      await until('nothing to be missing', async () => (await rereads(db, name)) === 0)
    })
  })

  it('are read again only once a day when that does not help', async () => {
    await reading(withoutMark, 3, async ({ name, id, db, count, output }) => {
      await until('all records', async () => (await kept(db, id)) === 3)
      // As if the database had kept the record under another source.
      const other = await aSource(db)
      await db.query(
        `update cdr set source_id = $2, source_key = 'x' where id = (select min(id) from cdr where source_id = $1)`,
        [id, other],
      )
      await db.query(
        `create function swallow() returns trigger language plpgsql as 'begin return case when new.source_id = ${id} and new.record ->> ''dst'' = ''1'' then null else new end; end';
         create trigger swallow before insert on cdr for each row execute function swallow()`,
      )
      await count()
      await until('the source to be read again', async () => (await rereads(db, name)) === 1)
      await count()
      await until('the second verdict', () => output().includes('records are missing'))
      expect(await rereads(db, name)).toBe(1)
      await db.query(
        `update source_position set reread_at = reread_at - interval '1 day' where source_id = $1`,
        [id],
      )
      await count()
      await until('the source to be read again', async () => (await rereads(db, name)) === 2)
    })
  })

  it('do not count as missing when somebody else had marked them', async () => {
    const marked = (name: string) => seedTable(name, 'InnoDB')
    await reading(marked, 5, async ({ name, id, db, count }) => {
      await until('all records', async () => (await kept(db, id)) === 5)
      await exchange.my.query(
        `insert into ${name} (calldate, dst, marked) values ('2026-03-01 00:00:01', '9', 1)`,
      )
      await count()
      await until('the verdict', async () => {
        const { rowCount } = await db.query(
          `select from source_position where source_id = $1 and read_to_end_at > (select max(counted_at) from source_day where source_id = $1) + interval '1 second'`,
          [id],
        )
        return rowCount === 1
      })
      expect(await rereads(db, name)).toBe(0)
      const { rows } = await db.query(
        'select records_in_source, calls, marked_elsewhere, difference from reconciliation where source = $1',
        [name],
      )
      expect(rows).toEqual([{ records_in_source: 6, calls: 5, marked_elsewhere: 1, difference: 0 }])
    })
  })
})
