import { expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { takeLock } from '../../../shared/database/locks.ts'
import { useDatabase } from '../../support/database.ts'

const database = useDatabase()

it.each([
  ['a number', [7_281_001] as const, 'select pg_advisory_lock(7281001)'],
  ['two numbers', [7_281_007, 3] as const, 'select pg_advisory_lock(7281007, 3)'],
])(
  'a lock of %s that somebody holds is waited for, and then who holds it is named',
  async (_, numbers, hold) => {
    const holder = await connect(database.stageUrl, 'test')
    await holder.query(hold)
    await expect(takeLock(database.db, numbers, 1, 'Something is being done')).rejects.toThrow(
      /^Something is being done by paidcalls_test_stage \(paidcalls test, pid \d+\): try again when that is over, or end it with pg_terminate_backend\.$/,
    )
    await disconnect(holder)
    await takeLock(database.db, numbers, 1, 'Something is being done')
    const { rows } = await database.db.query(
      `select current_setting('lock_timeout') as timeout, pg_advisory_unlock_all()`,
    )
    expect(rows[0]).toMatchObject({ timeout: '0' })
  },
)
