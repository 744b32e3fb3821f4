import { afterAll, describe, expect, it } from 'vitest'

import { formatOf, openReader } from '../../../../shared/sources/registry.ts'
import { useDatabase } from '../../../support/database.ts'
import { ring, seedTable, useMysql } from '../../../support/importing.ts'
import { startProxy } from '../../../support/proxy.ts'
import type { Proxy } from '../../../support/proxy.ts'

const billing = useDatabase()
const exchange = useMysql()
const proxies: Proxy[] = []

afterAll(() => Promise.all(proxies.map((proxy) => proxy.stop())))

const format = formatOf({ format: 'asterisk', mapping: {}, filter: [] })

describe.concurrent('a source whose connection falls silent', () => {
  it.each([
    [
      'MariaDB',
      async () => {
        await exchange.my.query(seedTable('silent', 'InnoDB'))
        await ring(exchange.my, 'silent', 1, 3)
        return `${exchange.url}?table=silent`
      },
    ],
    [
      'PostgreSQL',
      async () => {
        await billing.db.query(
          `create table silent (id serial primary key, calldate timestamptz, dst text);
          insert into silent (calldate, dst) select now(), n::text from generate_series(1, 3) n`,
        )
        return `${billing.url}?table=silent`
      },
    ],
  ])('is read on within seconds over another: %s', { timeout: 40_000 }, async (_, prepare) => {
    const url = await prepare()
    const proxy = await startProxy(url, false)
    proxies.push(proxy)
    const reader = openReader(new URL(proxy.url), () => format)
    expect((await reader.read({})).records).toHaveLength(3)
    proxy.hush()
    const since = performance.now()
    await expect(reader.read({})).rejects.toThrow()
    expect((await reader.read({})).records).toHaveLength(3)
    expect(performance.now() - since).toBeLessThan(8_000)
    await reader.close()
  })
})
