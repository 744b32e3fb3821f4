// What it takes to ask before a call: over HTTP beside a running line, flat out, and fifty at once for one account.

import { Agent, request } from 'node:http'

import { freePort } from '../../shared/embedded/port.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { stages, stopAll } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import type { Part } from './report.ts'
import { insertRecord, recordsQuery } from './world.ts'

const never = new AbortController().signal
const [asked, moved] = [100, 93]

interface Question {
  source: string
  caller: string
  dialled: string
  accountcode: string
  channel: string
  dstchannel: string
}

export async function benchAuthorize(ground: Ground): Promise<Part> {
  const seconds = ground.quick ? 15 : 60
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const questions = await prepare(yard, moved * seconds)
  const port = await freePort(2)
  const env = { AUTHORIZE_PORT: String(port), AGI_PORT: String(port + 1) }
  const running = [
    ...[...stages, 'rollup'].map((stage) => yard.start(`stages/${stage}.ts`, 2)),
    yard.start('stages/authorize.ts', 8, env),
  ]
  const asking = createAsking(port, questions)
  await asking.ready()
  await asking.flatOut(50, 3_000)

  const writing = writeRecords(yard, seconds)
  const steady = await asking.steadily(asked, seconds)
  await writing
  ground.say(`authorize: ${steady}`)
  const flat = await asking.flatOut(50, seconds * 500)
  ground.say(`authorize: ${flat.toFixed(0)} a second flat out`)
  const hot = await createAsking(port, questions.slice(0, 1)).flatOut(50, seconds * 500)
  await stopAll(running)
  await ground.clear()
  return {
    title: 'authorize: asking before a call',
    how: `One process of authorize (LANES=8) and one of each stage and of rollup (LANES=2), all on this machine with PostgreSQL (fsync on) and who asks. 1,000 accounts; each question finds client, number and price among 168,372 rows and holds money, synchronously committed. Steady: ${asked} questions/s over HTTP for ${seconds} s beside ${moved} calls/s on the line. Flat out and one account: 50 connections.`,
    columns: ['what', 'measured'],
    rows: [
      ['steady, p50 / p95 / p99', steady],
      ['flat out, 1,000 accounts', `${flat.toFixed(0)} a second`],
      ['one account, asked by 50 at once', `${hot.toFixed(0)} a second`],
    ],
  }
}

/** Accounts for all clients, the records of the line, and questions as exchanges would ask before such calls. */
async function prepare(yard: Yard, records: number): Promise<Question[]> {
  const { db } = yard
  await db.query(
    `insert into account (client_id) select id from client where tarif_id is not null;
    insert into payment (account_id, amount, reference) select id, 1000000, 'bench' from account`,
  )
  await db.query(`create table record as ${recordsQuery}`.replace('$1', '1').replace('$2', String(records)))
  await db.query('alter table record add primary key (n); analyze')
  const { rows } = await db.query<Question>(
    `select (select name from source where id = 1) as source, src as caller, dst as dialled, accountcode, channel, dstchannel
    from (${recordsQuery}) record where n % 10 between 2 and 7`
      .replace('$1', '1000000')
      .replace('$2', '1020000'),
  )
  return rows
}

async function writeRecords(yard: Yard, seconds: number): Promise<void> {
  const writer = await connect(yard.url, 'bench')
  await writer.query('set synchronous_commit = off')
  const began = performance.now()
  for (let nr = 1; nr <= moved * seconds; nr++) {
    await pause(Math.max(0, began + (nr * 1_000) / moved - performance.now()), never)
    await writer.query({ name: 'write', text: insertRecord, values: [nr] })
  }
  await disconnect(writer)
}

function createAsking(port: number, questions: readonly Question[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  let nr = 0

  function ask(): Promise<boolean> {
    const question = questions[nr++ % questions.length]
    const body = JSON.stringify({
      ...question,
      seconds: 60,
      call_ref: `bench-${port}-${questions.length}-${nr}`,
    })
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent,
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/authorize',
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (part: string) => (text += part))
          response.on('end', () => {
            resolve(text.includes('"allowed":true'))
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  return {
    async ready(): Promise<void> {
      while (!(await ask().catch(() => false))) await pause(100, never)
    },
    /** So many a second; what their answers took. */
    async steadily(perSecond: number, seconds: number): Promise<string> {
      const took: number[] = []
      const answers: Promise<void>[] = []
      const began = performance.now()
      let refused = 0
      for (let at = 0; at < perSecond * seconds; at++) {
        await pause(Math.max(0, began + (at * 1_000) / perSecond - performance.now()), never)
        const sent = performance.now()
        answers.push(
          ask().then((isAllowed) => {
            took.push(performance.now() - sent)
            if (!isAllowed) refused++
          }),
        )
      }
      await Promise.all(answers)
      took.sort((a, b) => a - b)
      const at = (part: number): string => (took[Math.floor((took.length - 1) * part)] ?? NaN).toFixed(1)
      return `${at(0.5)} / ${at(0.95)} / ${at(0.99)} ms (${took.length} answers, ${refused} refused)`
    },
    /** Answers a second when so many ask one after another for so long. */
    async flatOut(at_once: number, ms: number): Promise<number> {
      const began = performance.now()
      let answered = 0
      await Promise.all(
        Array.from({ length: at_once }, async () => {
          while (performance.now() - began < ms) {
            await ask()
            answered++
          }
        }),
      )
      return (answered * 1_000) / (performance.now() - began)
    },
  }
}
