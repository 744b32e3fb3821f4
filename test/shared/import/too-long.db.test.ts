import { expect, it } from 'vitest'

import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, until } from '../../support/importing.ts'
import { drain as drainStage } from '../../support/lines.ts'
import { start } from '../../support/processes.ts'
import { client } from '../../../stages/client.ts'

const billing = useDatabase()
const exchange = useDatabase()
let names = 0

async function aTable(rows: number): Promise<{ name: string; id: number; url: string }> {
  const name = `long${names++}`
  await exchange.db.query(
    `create table ${name} (id serial primary key, calldate timestamp, dst varchar(80), dstchannel varchar(80), disposition varchar(45), billsec int)`,
  )
  await exchange.db.query(
    `insert into ${name} (calldate, dst, disposition, billsec) select '2026-03-01 12:00', nr, 'ANSWERED', 60 from generate_series(1, $1) nr`,
    [rows],
  )
  return { name, id: await aSource(billing.db, { name }), url: `${exchange.url}?table=${name}` }
}

async function stored(id: number): Promise<number> {
  const { rows } = await billing.db.query<{ calls: number }>(
    'select count(distinct dst)::integer as calls from paidcalls where source_id = $1',
    [id],
  )
  return rows[0]?.calls ?? 0
}

/** The server ends what stores more than so many records, in the words of PostgreSQL. */
async function refuseMoreThan(records: number): Promise<void> {
  await billing.db.query(
    `create or replace function takes_too_long() returns trigger language plpgsql as $$
    begin
      if (select count(*) from arrived) > ${records} then
        raise exception 'canceling statement due to statement timeout' using errcode = '57014';
      end if;
      return null;
    end $$;
    create or replace trigger takes_too_long after insert on cdr referencing new table as arrived
      for each statement execute function takes_too_long()`,
  )
}

it('a statement_timeout that the server sets for all keeps neither import nor a stage from their work', async () => {
  const { name, id, url } = await aTable(1_500)
  const role = new URL(billing.stageUrl).username
  const limited = `alter role ${role} in database ${new URL(billing.url).pathname.slice(1)}`
  // All that is stored takes longer than that, on any machine; the first question of a connection does not.
  await billing.db.query(
    `${limited} set statement_timeout = '40ms';
    create function takes_its_time() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return null; end $$;
    create trigger takes_its_time after insert on cdr for each statement execute function takes_its_time()`,
  )
  try {
    await drain(billing.stageUrl, name, url)
    await drainStage(client, billing.url)
  } finally {
    await billing.db.query(`${limited} reset statement_timeout; drop function takes_its_time cascade`)
  }
  expect(await stored(id)).toBe(1_500)
})

it('what takes too long to store at once is stored in pieces', async () => {
  const { name, id, url } = await aTable(1_500)
  await refuseMoreThan(100)
  await drain(billing.url, name, url)
  await billing.db.query('drop trigger takes_too_long on cdr')
  expect(await stored(id)).toBe(1_500)
})

it('when even one record takes too long, the view sources names statement_timeout, and import goes on afterwards', async () => {
  const { name, id, url } = await aTable(3)
  await refuseMoreThan(0)
  // It gives way as soon as the failure is written, before the next try; what the view says then is kept.
  await billing.db.query(
    `create table seen as select failure from sources limit 0;
    create function gives_way() returns trigger language plpgsql security definer as $$
    begin
      insert into seen select failure from sources where source = '${name}';
      create or replace function takes_too_long() returns trigger language plpgsql as 'begin return null; end';
      return null;
    end $$;
    create trigger gives_way after update on source_position for each row when (new.failure is not null) execute function gives_way()`,
  )
  const { child, output, ended } = start('stages/import.ts', [], {
    DATABASE_URL: billing.url,
    SOURCE: name,
    CDR_URL: url,
  })
  await until('the failure is named', async () => {
    const { rows } = await billing.db.query<{ failure: string | null }>('select failure from seen')
    return /statement_timeout/.test(rows[0]?.failure ?? '')
  })
  await until('the records are stored', async () => (await stored(id)) === 3)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
  expect(output().split('database is away')).toHaveLength(2)
})
