import { expect, it } from 'vitest'

import { findSource } from '../../../shared/cdr/source.ts'
import { reconcile } from '../../../shared/import/reconcile.ts'
import { openReader } from '../../../shared/sources/registry.ts'
import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, useMysql } from '../../support/importing.ts'

const billing = useDatabase()
const exchange = useMysql()

it('reads a table by moments with slashes, in whatever order letters stand there, and counts their days', async () => {
  const moments = [
    ...Array.from({ length: 1_500 }, (_, at) => `5/3/2026 10:0${Math.floor(at / 60) % 10}:${10 + (at % 50)}`),
    ...['31/12/2025 23:59:59', '01/03/2026 9:05', '15/11/2026 00:00:00', '3/15/2026 10:00:00', ''],
  ]
  await exchange.my.query(
    `create table cdr (calldate varchar(30), src varchar(20), dst varchar(20), duration varchar(9), billsec varchar(9), disposition varchar(20),
      dstchannel varchar(20))
     character set utf8mb4 collate utf8mb4_unicode_ci`,
  )
  await exchange.my.query('insert into cdr values ?', [
    moments.map((moment, at) => [moment, '201', String(at), '70', '60', 'ANSWERED', 'trunk']),
  ])
  const name = 'softswitch'
  await aSource(billing.db, { name, time_zone: 'Europe/Berlin' })
  const url = `${exchange.url}?table=cdr`
  await drain(billing.url, name, url)
  const source = await findSource(billing.db, name)
  const reader = openReader(new URL(url), () => source.format)
  await reader.open()
  await reconcile(billing.db, source, reader).finally(() => reader.close())
  const { rows } = await billing.db.query(
    'select day::text, records_in_source::integer as records, difference::integer, calls::integer, rejected::integer from reconciliation',
  )
  expect(rows).toEqual([
    { day: '2025-12-31', records: 1, difference: 0, calls: 1, rejected: 0 },
    { day: '2026-03-01', records: 1, difference: 0, calls: 1, rejected: 0 },
    { day: '2026-03-05', records: 1_500, difference: 0, calls: 1_500, rejected: 0 },
    { day: '2026-11-15', records: 1, difference: 0, calls: 1, rejected: 0 },
    { day: null, records: 2, difference: 0, calls: 0, rejected: 2 },
  ])
})
