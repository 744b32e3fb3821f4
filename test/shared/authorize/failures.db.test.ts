import { connect as dial, createServer } from 'node:net'
import type { Socket } from 'node:net'

import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { freePort } from '../../../shared/embedded/port.ts'
import { connect, disconnect } from '../../../shared/database/connect.ts'
import { anOffice } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { run, start, untilHealthy } from '../../support/processes.ts'
import type { Started } from '../../support/processes.ts'

const database = useDatabase()
const answerMs = 400
let running: Started | undefined
let [port, agiPort, metricsPort] = [0, 0, 0]
let source = ''

beforeAll(async () => {
  const { client_id } = await anOffice(database.db)
  await database.db.query('insert into account (client_id) values ($1)', [client_id])
  await database.db.query(
    `insert into payment (account_id, amount, reference) select id, 100000, 'first' from account`,
  )
  source = (await database.db.query<{ name: string }>('select name from source')).rows[0]?.name ?? ''
})
afterEach(async () => {
  running?.child.kill('SIGTERM')
  await running?.ended
  running = undefined
})

async function begin(env: Record<string, string> = {}): Promise<void> {
  port = await freePort(3)
  ;[agiPort, metricsPort] = [port + 1, port + 2]
  running = start('stages/authorize.ts', [], {
    DATABASE_URL: database.url,
    AUTHORIZE_PORT: String(port),
    AGI_PORT: String(agiPort),
    METRICS_PORT: String(metricsPort),
    ANSWER_MS: String(answerMs),
    ...env,
  })
  await untilHealthy(port)
}

async function authorize(dialled = '84951234567', headers: Record<string, string> = {}) {
  const asked = performance.now()
  const response = await fetch(`http://127.0.0.1:${port}/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      source,
      caller: '201',
      dialled,
      channel: 'SIP/201-1',
      dstchannel: 'SIP/trunk',
      call_ref: `${asked}`,
    }),
  })
  return {
    ...((await response.json()) as Record<string, unknown>),
    status: response.status,
    tookMs: performance.now() - asked,
  }
}

const counted = async (name: string) =>
  Number(
    new RegExp(`^paidcalls_${name}\\{.*\\} (\\d+)$`, 'm').exec(
      await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
    )?.[1],
  )

/** Until the other side has closed; how long it took. */
function closed(socket: Socket): Promise<number> {
  const began = performance.now()
  socket.on('error', () => undefined)
  socket.resume()
  return new Promise((resolve) => {
    socket.on('close', () => {
      resolve(performance.now() - began)
    })
  })
}

describe('without a database', () => {
  it('emergency numbers of every country pass, and other calls are refused or allowed as the settings say', async () => {
    await begin({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' })
    for (const dialled of ['112', '911', '9911', '999', '110', '000', '9112'])
      expect(await authorize(dialled)).toMatchObject({ allowed: true, code: 'emergency' })
    expect(await authorize()).toMatchObject({ allowed: false, code: 'no answer', seconds: 0 })
    expect(await counted('questions_failed_total')).toBe(8)
    running?.child.kill('SIGTERM')
    const { stdout } = (await running?.ended) ?? { stdout: '' }
    expect(stdout.match(/questions cannot be answered/g)?.length).toBe(1)
    await begin({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      ON_FAILURE: 'allow',
      FAILURE_SEC: '45',
    })
    expect(await authorize()).toMatchObject({ allowed: true, code: 'no answer', seconds: 45 })
  })

  it('that takes connections and says nothing, no answer hangs, whatever is asked', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const to = typeof address === 'object' ? address?.port : 0
    await begin({ DATABASE_URL: `postgres://nobody@127.0.0.1:${to}/nothing` })
    const reservation = '00000000-0000-4000-8000-000000000000'
    for (const [path, body, status] of [
      ['/extend', { reservation, seconds: 60 }, 500],
      ['/release', { reservation }, 500],
    ] as const) {
      const asked = performance.now()
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect([response.status, ((await response.json()) as Record<string, unknown>)['detail']]).toEqual([
        status,
        'this could not be done now',
      ])
      expect(performance.now() - asked).toBeLessThan(answerMs + 300)
    }
    const answers = await Promise.all(Array.from({ length: 30 }, () => authorize()))
    for (const answer of answers) {
      expect(answer).toMatchObject({ allowed: false, code: 'no answer' })
      expect(answer.tookMs).toBeLessThan(answerMs + 500)
    }
    silent.close()
  })

  it('that is slow, an answer comes in time, and nothing stays held for a call nobody was told of', async () => {
    await begin()
    expect(await authorize()).toMatchObject({ allowed: true })
    const other = await connect(database.url, 'test')
    try {
      await other.query('begin; select from account for update')
      const late = await authorize()
      expect(late).toMatchObject({ allowed: false, code: 'no answer' })
      expect(late.tookMs).toBeLessThan(answerMs + 300)
      expect(await authorize('112')).toMatchObject({ allowed: true })
      await other.query('rollback')
    } finally {
      await disconnect(other)
    }
    await expect
      .poll(() => authorize().then((answer) => (answer as Record<string, unknown>)['allowed']), {
        timeout: 5_000,
      })
      .toBe(true)
    const held = async () =>
      (
        await database.db.query<{ calls: number }>(
          'select count(*)::integer as calls from reservation where settled_at is null',
        )
      ).rows[0]?.calls
    // The first and the last, and not the one nobody was told of.
    await expect.poll(held, { timeout: 5_000 }).toBe(2)
  })
})

describe('who may ask', () => {
  it('over HTTP has the token, where one is set', async () => {
    await begin({ AUTHORIZE_TOKEN: 'secret' })
    expect(await authorize()).toMatchObject({
      status: 401,
      detail: 'the token is missing or wrong: Authorization: Bearer …',
    })
    expect(await authorize('84951234567', { authorization: 'Bearer wrong!' })).toMatchObject({ status: 401 })
    expect(await authorize('84951234567', { authorization: 'Bearer secret' })).toMatchObject({
      status: 200,
      allowed: true,
    })
  })

  it('over FastAGI is in one of the networks; a stranger is closed at once and counted', async () => {
    await begin({ AGI_FROM: '10.0.0.0/8 192.168.1.20' })
    expect(await closed(dial(agiPort, '127.0.0.1'))).toBeLessThan(500)
    expect(await counted('strangers_total')).toBe(1)
  })

  it.each<[string, Record<string, string>, string]>([
    [
      'a host beyond this one without a token',
      { AUTHORIZE_HOST: '0.0.0.0' },
      'AUTHORIZE_TOKEN is not set: without it AUTHORIZE_HOST must be on loopback',
    ],
    [
      'a network that is none',
      { AGI_FROM: 'everywhere' },
      'AGI_FROM must hold networks such as 10.0.0.0/8, not "everywhere"',
    ],
    ['a failure that is none', { ON_FAILURE: 'maybe' }, 'ON_FAILURE must be refuse or allow, not "maybe"'],
    [
      'a port that is none',
      { AUTHORIZE_PORT: 'x' },
      'AUTHORIZE_PORT must be a whole number from 1 to 65000, not "x"',
    ],
  ])('is asked of the settings before the first question: %s', async (_what, env, said) => {
    expect(await run('stages/authorize.ts', [], { DATABASE_URL: database.url, ...env })).toMatchObject({
      code: 1,
      stderr: `authorize: Configuration: ${said}.\n`,
    })
  })

  it('says in a sentence that its port is taken', async () => {
    await begin()
    const second = await run('stages/authorize.ts', [], {
      DATABASE_URL: database.url,
      AUTHORIZE_PORT: String(port),
      AGI_PORT: String(agiPort + 10),
    })
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(
      /^authorize: 127\.0\.0\.1:\d+ and port \d+ for FastAGI must be free: .*EADDRINUSE/,
    )
  })
})

describe('who means harm', () => {
  it('is closed when he writes slowly or not at all, and others are answered meanwhile', async () => {
    await begin()
    const idle = Array.from({ length: 300 }, () => dial(agiPort, '127.0.0.1').on('error', () => undefined))
    const slow = dial(port, '127.0.0.1')
    slow.write('POST /authorize HTTP/1.1\r\nhost: x\r\n')
    const ended = closed(slow)
    const drip = setInterval(() => slow.write('x'), 500)
    expect(await authorize()).toMatchObject({ allowed: true })
    expect(await ended).toBeLessThan(10_000)
    clearInterval(drip)
    for (const socket of idle) socket.destroy()
  }, 20_000)

  it('reaches nothing with bytes of any kind', async () => {
    await begin()
    const reached = async (to: number, bytes: Uint8Array): Promise<void> => {
      const socket = dial(to, '127.0.0.1')
      const ended = closed(socket)
      socket.end(bytes)
      await ended
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.boolean(), async (bytes, asAgi) => {
        const head = Buffer.from(
          asAgi
            ? 'agi_network_script: authorize\nagi_arg_1: '
            : 'POST /authorize HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n',
        )
        await reached(asAgi ? agiPort : port, Buffer.concat([head, bytes, Buffer.from('\n\n')]))
      }),
      { numRuns: 60 },
    )
    expect(await authorize()).toMatchObject({ allowed: true })
  }, 30_000)
})
