import { expect, inject, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { ownMigrations } from '../../shared/database/migrations.ts'
import { runLine } from '../../shared/line/line.ts'
import type { Call, Stage } from '../../shared/line/stage.ts'
import { migrate } from '../../sql/migrate.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { insertGenerated, prepareOffices, whatIsWrong } from '../support/generated.ts'
import { until } from '../support/lines.ts'
import { asStage, withDatabase } from '../support/servers.ts'

/** What databases in the field have seen: version 0.1.0. */
const released = '0013_archive.sql'

const firstHalf = `(select json_build_object('dst', dst) from paidcalls first_half where call.channel like 'Local/%;2'
  and source_id = call.source_id and dstchannel = left(call.channel, -1) || '1' and dstchannel like 'Local/%;1' limit 1)`
const hasSecondHalf = `exists (select from paidcalls second_half where source_id = call.source_id
  and channel = left(call.dstchannel, -1) || '2' and channel like 'Local/%;2')`

/** A stage of that version: it asks for no column and no function that came later. */
function asReleasedThen<Facts extends Call>(stage: Stage<Facts>): Stage<Facts> {
  return {
    ...stage,
    facts: stage.facts
      .replace('call.did,', 'null::text as did,')
      .replace('call.did', 'null')
      .replace(
        /ends_of_first_half\(first_half_of\(.*?\)\)/,
        `array[${firstHalf} ->> 'dst', right(dialled_digits(${firstHalf} ->> 'dst'), 6)]`,
      )
      .replaceAll('first_half_of(call.source_id, call.channel)', firstHalf)
      .replace('has_second_half(call.source_id, call.dstchannel)', hasSecondHalf)
      .replace('home_elsewhere(client.home)', 'null'),
  }
}

it(
  'a database of 0.1.0 with 20,000 calls on their way is migrated while stages work on it',
  { timeout: 180_000 },
  async () => {
    const admin = await connect(inject('serverUrl'), 'test')
    const name = `upgrade_${Math.random().toString(36).slice(2)}`
    await admin.query(`create database ${name} encoding 'UTF8' template template0`)
    const url = withDatabase(inject('serverUrl'), name)
    const db = await connect(url, 'test')
    const stop = new AbortController()
    const running: Promise<void>[] = []
    try {
      await db.query(
        'create table migration (name text primary key, hash text not null, applied_at timestamptz not null default now())',
      )
      const later: string[] = []
      for (const { name: file, text, hash } of ownMigrations()) {
        if (file <= released) await db.query(text)
        else later.push(file)
        await db.query('insert into migration (name, hash) values ($1, $2)', [file, hash])
      }
      await prepareOffices(db)
      const meant = await insertGenerated(db, 20_000, true)
      // Stages of that version know no later migrations; these here do, so they are told that all were seen.
      // What is new must be allowed as soon as it is there: their login has the rights of then until grants come, last of all.
      await db.query(
        `grant select, insert, update, delete on all tables in schema public to paidcalls_stage; grant execute on all functions in schema public to paidcalls_stage`,
      )
      const config = {
        databaseUrl: asStage(url, inject('serverUrl')),
        lanes: 2,
        logLevel: 'silent',
        allowsSuperuser: false,
      } as const
      running.push(runLine(asReleasedThen(client), config, stop.signal, false))
      running.push(runLine(asReleasedThen(destination), config, stop.signal, false))
      running.push(runLine(tariff, config, stop.signal, false))
      await until(db, `select from paidcalls where status = 'tarif defined' limit 1`, [], 20_000)
      await db.query('delete from migration where name = any ($1)', [later])
      const said: string[] = []
      await migrate(db, (line) => said.push(line))
      // Who met something he was not allowed yet would have been put aside.
      expect((await db.query('select id from paidcalls where due_at is not null')).rows).toEqual([])
      const { rows: left } = await db.query(
        `select from paidcalls where status <> 'tarif defined' and problem is null limit 1`,
      )
      expect(left).toHaveLength(1)
      expect(said.filter((line) => line.startsWith('applied'))).toEqual(
        later.map((file) => `applied ${file}`),
      )
      await until(
        db,
        `select where not exists (select from paidcalls where status <> 'tarif defined' and problem is null)`,
        [],
        120_000,
        100,
      )
      expect(await whatIsWrong(db)).toEqual([])
      const { rows } = await db.query(
        `select count(*) as calls, count(*) filter (where total is not null) as priced, trim_scale(sum(total)) as total,
        trim_scale(sum(master_total)) as master_total, trim_scale(sum(cost)) as cost from paidcalls`,
      )
      expect(rows[0]).toEqual(meant)
      expect((await db.query('select * from price_not_decided')).rows).toEqual([])
      // Calls of before get their causes, an hour later.
      expect(
        (await db.query('select from source where id not in (select source_id from cause_fill)')).rows,
      ).toEqual([])
      expect((await db.query('select from cause_fill')).rowCount).toBeGreaterThan(0)
    } finally {
      stop.abort()
      await Promise.allSettled(running)
      await disconnect(db)
      await admin.query(`drop database ${name} with (force)`)
      await disconnect(admin)
    }
  },
)
