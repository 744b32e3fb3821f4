import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { aCall, anOffice } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { until } from '../../support/lines.ts'
import { run, start } from '../../support/processes.ts'
import { startProxy } from '../../support/proxy.ts'

const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-away-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A place of the test's database where nobody listens yet. */
async function aPlaceToBe(): Promise<{ port: number; url: string }> {
  const proxy = await startProxy(database.url)
  await proxy.stop()
  return { port: Number(new URL(proxy.url).port), url: proxy.url }
}

const count = (text: string, of: string): number => text.split(of).length - 1

describe('a process that starts while the database is away', () => {
  it.each(['client', 'schedule', 'import'] as const)(
    'waits until it is there: %s',
    { timeout: 60_000 },
    async (stage) => {
      const { port, url } = await aPlaceToBe()
      await database.db.query(`insert into source (name) values ('away') on conflict do nothing`)
      const { child, output, ended } = start(`stages/${stage}.ts`, [], {
        DATABASE_URL: url,
        ...(stage === 'import' && { SOURCE: 'away', CDR_URL: `sqlite://${folder}/none.db` }),
      })
      await expect.poll(output).toContain('database is away')
      expect(output()).toContain('The server cannot be reached')
      const proxy = await startProxy(database.url, true, port)
      if (stage === 'import') {
        // It came so far as to look at its source, which is not there.
        const { code, stderr } = await ended
        expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('none.db') as string })
      } else {
        await expect.poll(output).toContain('stage started')
        child.kill('SIGTERM')
        expect(await ended).toMatchObject({ code: 0, stderr: '' })
      }
      expect(count(output(), 'database is away')).toBe(1)
      expect(count(output(), 'database is back')).toBe(1)
      await proxy.stop()
    },
  )

  it('ends when it is told to stop meanwhile, without a word', async () => {
    const { url } = await aPlaceToBe()
    const { child, output, ended } = start('stages/client.ts', [], { DATABASE_URL: url })
    await expect.poll(output).toContain('database is away')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('ends with a sentence when it was to work off what there is', async () => {
    const { url } = await aPlaceToBe()
    const { code, stderr } = await run('stages/client.ts', ['--drain'], { DATABASE_URL: url })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^client: The server cannot be reached \(.*\): check host and port in the URL, and that it runs\.\n$/,
      ) as string,
    })
  })
})

// What PostgreSQL says when its disk is full; a disk of the test's own would be full for its neighbours, too.
describe('a database whose disk is full', () => {
  it(
    'is away once for as long as it lasts, and back when a call has been moved',
    { timeout: 60_000 },
    async () => {
      const { source_id } = await anOffice(database.db)
      await database.db.query(
        `create function disk_is_full() returns trigger language plpgsql as $$
      begin
        raise exception 'could not extend file' using errcode = '53100';
      end $$;
      create trigger disk_is_full before update on paidcalls for each row execute function disk_is_full()`,
      )
      for (let calls = 0; calls < 3; calls++) await aCall(database.db, { source_id })
      const { child, output, ended } = start('stages/client.ts', [], {
        DATABASE_URL: database.url,
        LANES: '4',
      })
      await expect.poll(output).toContain('database is away')
      await new Promise((resolve) => setTimeout(resolve, 4_000))
      expect([count(output(), 'database is away'), count(output(), 'database is back')]).toEqual([1, 0])
      await database.db.query('drop trigger disk_is_full on paidcalls')
      await until(database.db, `select from paidcalls having bool_and(status = 'client defined')`, [], 20_000)
      await expect.poll(output).toContain('database is back')
      child.kill('SIGTERM')
      await ended
      expect([count(output(), 'database is away'), count(output(), 'database is back')]).toEqual([1, 1])
    },
  )
})
