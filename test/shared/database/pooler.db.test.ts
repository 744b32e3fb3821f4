import { afterEach, describe, expect, it } from 'vitest'

import { withDatabase } from '../../../shared/database/with-database.ts'
import { useDatabase } from '../../support/database.ts'
import { startPooler } from '../../support/pooler.ts'
import type { Pooler } from '../../support/pooler.ts'
import { run } from '../../support/processes.ts'

const database = useDatabase()
let pooler: Pooler | undefined
afterEach(() => pooler?.stop())

const refused =
  /DATABASE_URL leads over a pooler that shares sessions between transactions: set pool_mode = session/

describe('a pooler that shares sessions between transactions', () => {
  it.each(['stages/client.ts', 'stages/doctor.ts', 'sql/migrate.ts'])(
    'is refused with a sentence by %s',
    async (program) => {
      pooler = await startPooler(database.url, true)
      const { code, stderr } = await run(program, [], { DATABASE_URL: pooler.url })
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(refused) as string })
    },
  )
})

describe('a pooler that leaves each its session', () => {
  it('is let pass', async () => {
    pooler = await startPooler(database.url, false)
    await expect(withDatabase(pooler.url, 'test', () => Promise.resolve('there'))).resolves.toBe('there')
  })
})
