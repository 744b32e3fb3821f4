// How many requests of programs the API answers, and how long all calls take through cursors.

import { createKeys } from '../../shared/api/keys.ts'
import { stopAll } from './ground.ts'
import type { Ground } from './ground.ts'
import { median } from './report.ts'
import type { Part } from './report.ts'
import { fillPriced } from './web.ts'
import { prepareWeb } from './visitors.ts'

const askers = 16

export async function benchApi(ground: Ground): Promise<Part> {
  const calls = ground.quick ? 200_000 : 1_000_000
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  await fillPriced(yard, calls)
  const { url, start } = await prepareWeb(yard)
  const { web, base } = await start()
  const keys = createKeys(url)
  const token = await keys.make({
    ...{ name: 'bench', role: 'administrator' },
    scopes: ['read', 'calls', 'prices', 'money', 'pay', 'push'],
  })
  const rows: string[][] = []
  const send = async (path: string, body?: unknown, nr = 0): Promise<string> => {
    const answer = await fetch(`${base}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json', 'idempotency-key': `bench-${nr}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    return text
  }

  /** So many at one time, each asking again as soon as it is answered. */
  async function measure(
    what: string,
    requests: number,
    ask: (nr: number) => Promise<unknown>,
  ): Promise<void> {
    const took: number[] = []
    let next = 0
    const began = performance.now()
    await Promise.all(
      Array.from({ length: askers }, async () => {
        for (let nr = next++; nr < requests; nr = next++) {
          const at = performance.now()
          await ask(nr)
          took.push(performance.now() - at)
        }
      }),
    )
    const seconds = (performance.now() - began) / 1000
    took.sort((a, b) => a - b)
    rows.push([
      what,
      (requests / seconds).toFixed(0),
      median(took).toFixed(1),
      (took[Math.floor(took.length * 0.99)] ?? 0).toFixed(1),
    ])
  }

  const many = ground.quick ? 3_000 : 15_000
  await measure('warming up', 500, (nr) => send(`/calls/${1 + nr}`))
  rows.length = 0
  await measure('`GET /calls/{id}`', many, (nr) => send(`/calls/${1 + ((nr * 7919) % calls)}`))
  await measure('`GET /calls/{id}/receipt`', many / 5, (nr) =>
    send(`/calls/${1 + ((nr * 7919) % calls)}/receipt`),
  )
  await measure('`GET /clients/{id}/rates?prefix=49`', many / 15, (nr) =>
    send(`/clients/${1 + (nr % 1000)}/rates?prefix=49`),
  )
  await measure('`GET /quote`', many / 15, (nr) =>
    send(`/quote?client=${1 + (nr % 1000)}&number=4915112345678`),
  )
  await yard.db.query(
    `insert into account (client_id, currency, kind) select 1 + n, 'EUR', 'postpaid' from generate_series(1, 50) n`,
  )
  await measure('`POST /payments`', many / 5, (nr) =>
    send('/payments', { account_id: 1 + (nr % 50), amount: '1.00', reference: `bench ${nr}` }, nr),
  )
  await yard.db.query(
    `insert into source (name, country) select 'pushed ' || n, 'GB' from generate_series(1, ${askers}) n`,
  )
  const recordsEach = 500
  await measure(`\`POST /sources/{name}/records\`, ${recordsEach} records each`, many / 150, (nr) =>
    send(`/sources/pushed%20${1 + (nr % askers)}/records`, {
      records: Array.from({ length: recordsEach }, (_, at) => ({
        key: `${nr} ${at}`,
        record: aRecord(nr * recordsEach + at),
      })),
    }),
  )

  const began = performance.now()
  let [read, pages, bytes] = [0, 0, 0]
  for (let cursor: string | null = ''; cursor !== null;) {
    const text = await send(`/calls?source=1&limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`)
    const page = JSON.parse(text) as { items: unknown[]; next: string | null }
    read += page.items.length
    bytes += text.length
    pages++
    cursor = page.next
  }
  const seconds = (performance.now() - began) / 1000
  rows.push([
    `all ${read.toLocaleString('en')} calls through cursors, ${pages.toLocaleString('en')} pages, ${(bytes / 1e6).toFixed(0)} MB`,
    `${seconds.toFixed(1)} s`,
    ((seconds * 1000) / pages).toFixed(1),
    '',
  ])
  ground.say(`api: ${rows.map(([what, rate]) => `${what ?? ''} ${rate ?? ''}`).join(', ')}`)
  await keys.close()
  await stopAll([web])
  await ground.clear()
  return {
    title: 'api: requests of programs',
    how: `One process of web, ${calls.toLocaleString('en')} priced calls, 1,000 clients, 168,372 rows of tariff; ${askers} askers at one time, each asking again when it is answered, who share the machine with server and database; cursors by one.`,
    columns: ['what', 'requests/s', 'p50 ms', 'p99 ms'],
    rows,
  }
}

function aRecord(nr: number): Record<string, string> {
  return {
    calldate: '2026-03-02 12:00:00',
    ...{ src: '201', dst: `0${nr}`, dcontext: 'office', disposition: 'ANSWERED' },
    ...{
      channel: `SIP/201-${nr}`,
      dstchannel: `SIP/trunk-${nr}`,
      duration: '65',
      billsec: '60',
      uniqueid: `1772452800.${nr}`,
    },
  }
}
