import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'

import { aCall, aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { run } from '../support/processes.ts'
import { withDatabase } from '../support/servers.ts'

const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-doctor-'))
const stranger = `test_stranger_${Math.random().toString(36).slice(2)}`

beforeAll(async () => {
  await database.db.query(`create role ${stranger} login password 'x'`)
  await aSource(database.db, { name: 'office' })
  writeFileSync(join(folder, 'Master.csv'), '')
})
afterAll(async () => {
  await database.db.query(`drop role ${stranger}`)
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async () => {
  await database.db.query(`delete from migration where name like '9999%'`)
})

const asStranger = (): string => {
  const url = new URL(database.url)
  url.username = stranger
  url.password = 'x'
  return url.href
}

async function doctor(
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run('stages/doctor.ts', [], { SOURCE: '', CDR_URL: '', ...env })
  expect(stdout + stderr).not.toContain(new URL(database.url).password)
  return { code, stdout, stderr }
}

describe('doctor', () => {
  it('finds a set-up good', async () => {
    const { stdout, stderr } = await doctor({
      DATABASE_URL: database.stageUrl,
      SOURCE: 'office',
      CDR_URL: `csv://${join(folder, 'Master.csv')}`,
    })
    expect(stderr).toBe('')
    for (const line of [
      'encoding UTF8',
      'may do what stages need',
      'migrations are applied',
      'no call is parked',
      'source office can be read',
    ])
      expect(stdout).toMatch(new RegExp(`^ok .*${line}`, 'm'))
    // The server of the tests is told not to wait for its disk.
    expect(stdout.split('\n').filter((line) => line.startsWith('MEND') && !line.includes('fsync'))).toEqual(
      [],
    )
  })

  it.each<[wrong: string, env: () => Record<string, string>, line: RegExp]>([
    ['a superuser', () => ({ DATABASE_URL: database.url }), /^MEND {2}\S+ is a superuser\n {6}Put a login/m],
    [
      'a login without rights',
      () => ({ DATABASE_URL: asStranger() }),
      /^MEND {2}test_stranger_\S+ may not do what stages need: .* and \d+ more\n {6}grant paidcalls_stage to test_stranger/m,
    ],
    [
      'a database without tables',
      () => ({ DATABASE_URL: withDatabase(inject('serverUrl'), 'template1') }),
      /^MEND {2}the database is not migrated\n {6}Run npm run migrate/m,
    ],
    [
      'a source that is not in the table',
      () => ({ DATABASE_URL: database.stageUrl, SOURCE: 'nowhere', CDR_URL: `csv://${folder}/Master.csv` }),
      /^MEND {2}source nowhere cannot be read\n {6}There is no source nowhere \(there are office\)/m,
    ],
    [
      'an exchange that cannot be reached',
      () => ({
        DATABASE_URL: database.stageUrl,
        SOURCE: 'office',
        CDR_URL: 'mysql://u:secret@127.0.0.1:1/cdr',
      }),
      /^MEND {2}source office cannot be read\n {6}The server cannot be reached/m,
    ],
  ])('says what to do about %s, and ends with 1', async (_wrong, env, line) => {
    const { code, stdout } = await doctor(env())
    expect(stdout).toMatch(line)
    expect(stdout).not.toContain('secret')
    expect(code).toBe(1)
  })

  it('names calls that wait, and a database newer than the program', async () => {
    await aCall(database.db, { problem: 'no client owns caller ID 1' })
    await database.db.query(`insert into migration (name, hash) values ('9999_later.sql', 'x')`)
    const { stdout } = await doctor({ DATABASE_URL: database.stageUrl })
    expect(stdout).toMatch(/^look {2}calls that wait for an edit: 1$/m)
    expect(stdout).toMatch(/^look {2}the database is newer than this program: 9999_later\.sql\n {6}Upgrade/m)
  })

  it('names migrations that are missing', async () => {
    await database.db.query(`delete from migration where name like '0012%'`)
    const { code, stdout } = await doctor({ DATABASE_URL: database.stageUrl })
    expect(stdout).toMatch(/^MEND {2}migrations are missing: 0012_readers\.sql$/m)
    expect(code).toBe(1)
  })

  it('says in a sentence when there is no server', async () => {
    const { code, stderr } = await doctor({ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^doctor: The server cannot be reached \(.*\): check host and port/,
      ) as string,
    })
  })
})
