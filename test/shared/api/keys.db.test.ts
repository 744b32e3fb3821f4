import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { startApi } from '../../support/api.ts'
import type { AskedApi } from '../../support/api.ts'
import { aCall, anOffice, aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages } from '../../support/lines.ts'
import { run } from '../../support/processes.ts'
import { asWeb } from '../../support/servers.ts'
import { inject } from 'vitest'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
const items = (body: Record<string, unknown>) => body['items'] as Record<string, unknown>[]

describe('a key', () => {
  let api: AskedApi
  let reader = ''
  let office: Awaited<ReturnType<typeof anOffice>>
  beforeAll(async () => {
    office = await anOffice(database.db)
    for (let nr = 0; nr < 7; nr++) await aCall(database.db, { source_id: office.source_id })
    await drainStages(database.url)
    api = await startApi(database.url, { RATE_PER_MINUTE: '60' })
    reader = await api.key({ name: 'reader', role: 'reader', scopes: ['calls'] })
  }, 60_000)
  afterAll(() => api.stop())

  const program = (...words: string[]) =>
    run('stages/web.ts', words, {
      DATABASE_URL: database.url,
      WEB_DATABASE_URL: asWeb(database.url, inject('serverUrl')),
    })

  it('is made at the terminal, shown once, kept as a hash, and in the log without it', async () => {
    const { stdout, code } = await program(
      '--key',
      'shop',
      '--role',
      'operator',
      '--scopes',
      'read, calls',
      '--days',
      '30',
    )
    expect(code).toBe(0)
    const token = /paidcalls_\d+_[\w-]{43}/.exec(stdout)?.[0] ?? ''
    expect((await api.ask('listCalls', token)).status).toBe(200)
    const kept = await ask(
      `select to_jsonb(api_key)::text || to_jsonb(api_secret)::text as kept from api_key join api_secret on key_id = id where name = 'shop'`,
    )
    expect(String(kept[0]?.['kept'])).not.toContain(token.slice(-43))
    const logged = await ask(
      `select new_row from change_log where table_name = 'api_key' and new_row ->> 'name' = 'shop'`,
    )
    expect(logged).toEqual([
      { new_row: expect.objectContaining({ role: 'operator', scopes: ['read', 'calls'] }) as object },
    ])
    expect(
      await ask(
        `select expires_at between now() + interval '29 days' and now() + interval '31 days' as right from api_key where name = 'shop'`,
      ),
    ).toEqual([{ right: true }])
  })

  it.each([
    [['--key', 'two words', '--scopes', 'read'], "a key's name is one word"],
    [['--key', 'x', '--role', 'king', '--scopes', 'read'], "a key's role is administrator"],
    [['--key', 'x', '--scopes', 'reed'], 'scopes are read, calls'],
    [['--key', 'reader', '--scopes', 'read'], 'There is or was a key reader already'],
    [['--key', 'x', '--source', 'nowhere'], 'there is no exchange nowhere'],
    [['--key', 'x', '--days', 'ten'], '--days must be a whole number'],
    [['--revoke', 'nobody'], 'There is no key nobody'],
    [['--keys', 'x'], 'web knows --password NAME, --key NAME'],
  ])('is refused with a sentence: %j', async (words, said) => {
    const { code, stderr } = await program(...words)
    expect({ code, stderr: stderr.trim().split('\n') }).toEqual({
      code: 1,
      stderr: [expect.stringContaining(said) as string],
    })
  })

  it('stops within two seconds when it is revoked, and when it has expired', async () => {
    const one = await api.key({ name: 'one', role: 'reader', scopes: ['calls'] })
    const other = await api.key({ name: 'other', role: 'reader', scopes: ['calls'] })
    expect((await api.ask('listCalls', one)).status).toBe(200)
    expect((await api.ask('listCalls', other)).status).toBe(200)
    await api.revoke('one')
    await ask(`update api_key set expires_at = now() where name = 'other'`)
    const since = Date.now()
    await vi.waitFor(async () => {
      expect((await api.ask('listCalls', one)).status).toBe(401)
      expect((await api.ask('listCalls', other)).status).toBe(401)
    }, 3_000)
    expect(Date.now() - since).toBeLessThan(2_000)
  })

  it('opens nothing when a sign of it is wrong, whosever it is', async () => {
    const last = reader.endsWith('A') ? 'B' : 'A'
    for (const wrong of [reader.slice(0, -1) + last, reader.replace(/_\d+_/, '_999_'), 'paidcalls_1_x', 'x'])
      expect((await api.ask('listCalls', wrong)).status).toBe(401)
  })

  it('says when it was last used, to the minute', async () => {
    await api.ask('listCalls', reader)
    await vi.waitFor(async () => {
      await api.ask('listCalls', reader)
      expect(
        await ask(
          `select used_at > now() - interval '1 minute' as lately from api_secret join api_key on id = key_id where name = 'reader'`,
        ),
      ).toEqual([{ lately: true }])
    }, 5_000)
  })

  it('is shown by the role of a reader what a reader is shown: numbers to their last four digits', async () => {
    const { body } = await api.ask('listCalls', reader)
    expect(items(body)).toHaveLength(7)
    for (const call of items(body)) expect(call['number']).toBe('*******4567')
  })

  it('means nothing to another login that names it', async () => {
    const [mine] = await ask(
      `select set_config('paidcalls.person', 'api:reader', false), person(), person_role()`,
    )
    expect(mine).toMatchObject({ person: null, person_role: null })
    await ask(`select set_config('paidcalls.person', '', false)`)
  })

  it('may ask so many times a minute, and is told when to ask again', async () => {
    const eager = await api.key({ name: 'eager', role: 'reader', scopes: ['calls'] })
    await vi.waitFor(async () => {
      expect((await api.ask('listCalls', eager)).status).toBe(200)
    }, 3_000)
    const answers = await Promise.all(Array.from({ length: 70 }, () => api.ask('listCalls', eager)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(5)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    expect(refused[0]?.faults).toBe('')
    expect((await api.ask('listCalls', reader)).status).toBe(200)
  })

  it('of one exchange is for pushing alone', async () => {
    const name = `only ${await aSource(database.db)}`
    await ask(`update source set name = $1 where id = (select max(id) from source)`, name)
    await expect(
      api.key({ name: 'bound', role: 'reader', scopes: ['push', 'calls'], source: name }),
    ).rejects.toThrow('a key of one exchange has the scope push alone')
  })
})

describe('answers of the API', () => {
  let api: AskedApi
  let token = ''
  beforeAll(async () => {
    api = await startApi(database.url)
    token = await api.key({ name: 'pager', role: 'operator', scopes: ['calls', 'read'] })
  }, 60_000)
  afterAll(() => api.stop())

  it('come page by page, each row once, the latest first', async () => {
    const all = items((await api.ask('listCalls', token)).body).map(({ id }) => id)
    const paged: unknown[] = []
    let cursor: string | undefined
    do {
      const { body, faults } = await api.ask('listCalls', token, {
        query: { limit: '3', ...(cursor !== undefined && { cursor }) },
      })
      expect(faults).toBe('')
      paged.push(...items(body).map(({ id }) => id))
      cursor = (body['next'] as string | null) ?? undefined
    } while (cursor !== undefined)
    expect(paged).toEqual(all)
    expect(paged).toHaveLength(7)
  })

  it('come in pages of text, too', async () => {
    const first = await api.ask('listCauses', token, { query: { limit: '1' } })
    const second = await api.ask('listCauses', token, {
      query: { limit: '1', cursor: String(first.body['next']) },
    })
    expect(items(first.body)[0]?.['cause']).not.toBe(items(second.body)[0]?.['cause'])
  })

  it.each([
    ['listCalls', { query: { limit: '0' } }, 400, 'limit must be >= 1'],
    ['listCalls', { query: { limit: '1001' } }, 400, 'limit must be <= 1000'],
    ['listCalls', { query: { limit: 'ten' } }, 400, 'limit must be integer'],
    ['listCalls', { query: { client: '5, 6' } }, 400, 'client must be integer'],
    ['listCalls', { query: { offset: '5' } }, 400, 'There is no offset in the address.'],
    ['listCalls', { query: { cursor: 'nonsense' } }, 400, 'The cursor is none'],
    [
      'listCalls',
      { query: { cursor: Buffer.from('["1 or 1=1"]').toString('base64url') } },
      400,
      'The cursor is none',
    ],
    ['listCalls', { query: { src: ' ' } }, 400, 'src is not written'],
    ['listCalls', { query: { from: '2026-02-31' } }, 422, 'out of range'],
    ['getCall', { params: { id: '999999999' } }, 404, 'There is no call 999999999.'],
    ['listDecisions', { params: { id: '999999999' } }, 404, 'There is no call 999999999.'],
    ['getClient', { params: { id: '999999999999' } }, 404, 'There is no client 999999999999.'],
    ['getCall', { params: { id: 'x' } }, 400, 'id is not written'],
  ])('say in a sentence what is wrong: %s %j', async (id, request, status, said) => {
    const answer = await api.ask(id, token, request)
    expect({ status: answer.status, faults: answer.faults }).toEqual({ status, faults: '' })
    expect(answer.body).toMatchObject({ status, detail: expect.stringContaining(said) as string })
  })

  it('need no cookie and set none, are for no other site, and are kept nowhere', async () => {
    const { headers } = await api.ask('listCalls', token)
    expect(headers.get('set-cookie')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('cache-control')).toBe('no-store')
    const answer = await fetch(`${api.base}/nothing`)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  })
})
