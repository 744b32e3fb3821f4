// compare: what calls would have cost over each provider that has a price for them. A program for people, not a stage; changes nothing.
//   npm run compare -- --since 2026-10-01 --until 2026-11-01 [--client 5] [--source office]

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readInstant, readWhole } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { callsOfAnyAge } from '../shared/simulation/dry-run.ts'
import { priceAgain } from '../shared/simulation/would-cost.ts'
import { columns } from '../shared/text/table.ts'
import { tariff } from './tariff.ts'

interface Asked {
  since: Date
  until: Date
  client: number | null
  source: string | null
}

// Answered calls that left over some provider.
const these = `paidcalls.status = 'tarif defined' and paidcalls.direction in ('out', 'transit') and paidcalls.provider_id is not null
  and paidcalls.billable_sec > 0 and paidcalls.calldate >= $1 and paidcalls.calldate < $2 and ($3::integer is null or paidcalls.client_id = $3)
  and ($4::text is null or paidcalls.source_id = (select source.id from source where source.name = $4))`

// As if this provider had carried each of them.
const callsQuery = `select changed.* from ${callsOfAnyAge}
cross join lateral jsonb_populate_record(null::paidcalls, to_jsonb(paidcalls) || jsonb_build_object('provider_id', $5::integer)) changed
where ${these}`

const soFarQuery = `-- compare: what they cost, provider by provider
select coalesce(nullif(provider.name, ''), provider.channel) as provider, 'carried' as as_if, count(*) as calls,
  count(*) filter (where cost is null) as without_price, round(sum(billable_sec) / 60.0, 1)::text as minutes, sum(cost)::text as cost, cost_currency as currency
from ${callsOfAnyAge} join provider on provider.id = provider_id
where ${these}
group by provider.id, cost_currency order by sum(cost) desc nulls last`

const wouldQuery = `-- compare: what they would have cost over this one
select $1 as provider, 'would carry all' as as_if, count(*) as calls, count(*) filter (where would_cost.cost is null) as without_price,
  round(sum(billable_sec) / 60.0, 1)::text as minutes, sum(would_cost.cost)::text as cost,
  $2::text as currency
from would_cost join ${callsOfAnyAge} on paidcalls.id = call_id`

interface Provider {
  id: number
  name: string
  currency: string | null
}

async function compare(db: Database, { since, until, client, source }: Asked): Promise<string> {
  const values = [since, until, client, source]
  const { rows: soFar } = await db.query<Record<string, unknown>>(soFarQuery, values)
  if (soFar.length === 0) throw new Complaint('No priced calls left over a provider then.')
  const { rows: providers } = await db.query<Provider>(
    `-- compare: providers with a plan
    select provider.id, coalesce(nullif(provider.name, ''), channel) as name, link.currency
    from provider
    join tarifplan_chain chain on chain.tarifnum = provider.tarifnum join tarifplan link on link.tarifnum = chain.plan and link.base is null
    order by provider.id`,
  )
  const would: Record<string, unknown>[] = []
  for (const { id, name, currency } of providers) {
    await db.query('begin isolation level repeatable read')
    await priceAgain(db, tariff, callsQuery, [...values, id])
    const { rows } = await db.query<Record<string, unknown>>(wouldQuery, [name, currency])
    would.push(...rows)
    await db.query('rollback')
  }
  return `${columns(soFar)}\n${columns(would)}`
}

runProgram(import.meta.url, 'compare', async () => {
  const { values } = parseArgs({
    options: {
      since: { type: 'string' },
      until: { type: 'string' },
      client: { type: 'string' },
      source: { type: 'string' },
    },
  })
  const asked: Asked = {
    since: readInstant('--since', values.since),
    until: readInstant('--until', values.until),
    client: values.client === undefined ? null : readWhole('--client', values.client),
    source: values.source ?? null,
  }
  await withMigrated(readConfig(process.env).databaseUrl, 'compare', async (db) => {
    process.stdout.write(await compare(db, asked))
  })
})
