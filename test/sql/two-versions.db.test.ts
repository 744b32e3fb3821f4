import { beforeAll, describe, expect, it } from 'vitest'

import { emptyCalls } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { insertGenerated, prepareOffices, whatIsWrong } from '../support/generated.ts'
import { drainStages, startStages, until } from '../support/lines.ts'
import { run } from '../support/processes.ts'

// What migrations of a later version may do.
const later = `
alter table paidcalls add column carrier_fee numeric;
alter table paidcalls add column checked boolean not null default false;
alter table cdr add column read_by text;
alter table rating_decision add column note text;
alter table client add column discount_code text not null default '';
create table complaint (id bigint generated always as identity primary key, call_id bigint, said text);
create view complaints as select complaint.*, paidcalls.carrier_fee from complaint join paidcalls on paidcalls.id = call_id;
insert into migration (name, hash) values ('9999_later.sql', 'of a later version');`

describe('programs of the version before, on a newer schema', () => {
  const { url, ...database } = useOffices()

  it('go on while it is migrated under them, and those started later say nothing', async () => {
    const db = database.db()
    await insertGenerated(db, 600, true)
    const stages = startStages(url)
    await until(db, `select from paidcalls where status = 'tarif defined' limit 1`)
    await db.query(later)
    await until(
      db,
      `select where not exists (select from paidcalls where status <> 'tarif defined' and problem is null)`,
      [],
      20_000,
    )
    await stages.stop()
    expect(await whatIsWrong(db)).toEqual([])

    await emptyCalls(db)
    await insertGenerated(db, 100, true)
    await drainStages(url)
    expect(await whatIsWrong(db)).toEqual([])
  })
})

describe('a program that is newer than its database', () => {
  const { url, ...database } = useOffices()

  it.each(['client', 'import'])('ends with a sentence that says what to do: %s', async (stage) => {
    await database.db().query(`delete from migration where name = '0003_edits.sql'`)
    const env = { DATABASE_URL: url, SOURCE: 'moscow', CDR_URL: 'csv:///tmp/none.csv' }
    const { code, stderr } = await run(`stages/${stage}.ts`, [], env)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${stage}: The database is older than this program (it lacks 0003_edits.sql): run npm run migrate.\n`,
    })
  })
})

function useOffices() {
  const database = useDatabase()
  beforeAll(() => prepareOffices(database.db))
  return { url: database.url, db: () => database.db }
}
