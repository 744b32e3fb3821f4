import { expect, it } from 'vitest'

import { aSource } from '../../../support/builders.ts'
import { useDatabase } from '../../../support/database.ts'
import { useMysql } from '../../../support/importing.ts'
import { run } from '../../../support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()

it.each([
  [
    'mysql:// that leads to PostgreSQL',
    () => `mysql://u:p@127.0.0.1:${new URL(billing.url).port}/cdr`,
    'something listens there and does not greet as MySQL does; PostgreSQL is postgres://',
  ],
  [
    'postgres:// that leads to MariaDB',
    () => `postgres://u:p@127.0.0.1:${new URL(exchange.url).port}/cdr`,
    'What listens there does not speak as PostgreSQL does: check host and port in the URL',
  ],
])('%s is answered with a sentence that says so', async (name, url, sentence) => {
  await aSource(billing.db, { name })
  const { code, stderr } = await run('stages/import.ts', ['--check'], {
    DATABASE_URL: billing.url,
    SOURCE: name,
    CDR_URL: url(),
  })
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) as string })
})
