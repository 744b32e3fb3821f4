import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Role } from '../../shared/web/person.ts'
import { useDatabase } from '../support/database.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import {
  actions,
  aHouse,
  downloads,
  fields,
  filled,
  hostile,
  oneOfEach,
  pages,
  partsOf,
  queries,
} from '../support/site.ts'

const database = useDatabase()
const strangers = [...pages, ...downloads].map(({ path }) => path)

describe('every page', () => {
  let web: Pages
  let each: Map<Role, Visitor>
  const one = (role: Role): Visitor => each.get(role) as Visitor

  beforeAll(async () => {
    const { clients } = await aHouse(database.db, database.url)
    web = await startPages(database.url)
    each = await oneOfEach(database.db, web, clients[0])
  }, 120_000)
  afterAll(() => web.stop())

  const asked = async (path: string, cookie: string, more: RequestInit = {}): Promise<Response> =>
    fetch(`${web.base}${path}`, { redirect: 'manual', ...more, headers: { cookie } })

  it('has been found: parts of addresses, fields and what forms do', () => {
    expect(strangers.length).toBeGreaterThan(55)
    expect(queries).toEqual(expect.arrayContaining(['behind', 'after', 'client', 'at']))
    expect(actions).toEqual(expect.arrayContaining(['save', 'undo', 'delete', 'upload', 'mend']))
    expect(fields.length).toBeGreaterThan(40)
  })

  const replica = (text: string) =>
    database.db.query(
      `set session_replication_role = replica; ${text}; set session_replication_role = default`,
    )
  // Twelve files that one person asks for, and does not take while the other tests run.
  let slow: AbortController[] = []
  let patient: Visitor
  let stalledAt = Infinity

  it('says about how many calls there are, where they are more than a page', async () => {
    await replica(
      `insert into paidcalls (source_id, calldate, src, dst, channel, dstchannel, duration, billsec, disposition)
      select 1, now(), repeat('x', 1000), '1', 'a', 'b', 1, 1, 'ANSWERED' from generate_series(1, 40000);
      insert into web_user (name, role) values ('slow', 'operator')`,
    )
    for (const query of ['', '?from=2026-01-01', '?source=1&direction='])
      expect(await (await asked(`/calls${query}`, one('operator').cookie)).text()).toMatch(
        /About [\d,]+ calls are like that, as the server estimates/,
      )
    expect(await (await asked('/calls', one('reader').cookie)).text()).not.toContain('About')
  })

  it('is shown while many fetch files and do not take them, or ask for files wrongly', async () => {
    patient = await visitor(web, 'slow')
    slow = Array.from({ length: 12 }, () => new AbortController())
    const answers = await Promise.all(
      slow.map(({ signal }, at) =>
        asked('/calls.csv', patient.cookie, { method: at % 3 === 2 ? 'HEAD' : 'GET', signal }),
      ),
    )
    stalledAt = performance.now()
    // What is being sent has been seen already.
    await replica(`delete from paidcalls where src like 'xxx%'`)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    for (let tries = 0; tries < 10; tries++)
      expect((await asked('/calls.csv?from=2026-99-99', one('reader').cookie)).status).toBe(400)
    expect((await asked('/', patient.cookie)).status).toBe(200)
  })

  it.each(strangers)(
    '%s takes whatever stands in its address, and says no more than that it is wrong',
    async (path) => {
      const { roles: allowed } = [...pages, ...downloads].find((page) => page.path === path) ?? { roles: [] }
      const cookie = one(allowed[0] ?? 'administrator').cookie
      const addresses = hostile.flatMap((text) => [
        ...(partsOf(path).length > 0 ? [filled(path, text)] : []),
        `${filled(path, '1')}?${new URLSearchParams(Object.fromEntries(queries.map((name) => [name, text]))).toString()}`,
      ])
      // Each by itself with some of them, others at another page: all would take minutes.
      for (const text of hostile.filter((_, at) => at === strangers.indexOf(path) % hostile.length))
        addresses.push(
          ...queries.map(
            (name) => `${filled(path, '1')}?${new URLSearchParams({ [name]: text }).toString()}`,
          ),
        )
      const began = performance.now()
      for (let at = 0; at < addresses.length; at += 8)
        await Promise.all(
          addresses.slice(at, at + 8).map(async (address) => {
            const answer = await asked(address, cookie)
            const text = await answer.text()
            expect([200, 303, 400, 404], `${address}: ${text.slice(-400)}`).toContain(answer.status)
            expect(text, address).not.toMatch(/<x-evil>|syntax error|unterminated|at character/)
            expect(answer.headers.get('set-cookie')).toBeNull()
          }),
        )
      expect((performance.now() - began) / addresses.length).toBeLessThan(1_000)
    },
  )

  it('is shown on when the database has ended what nobody took', async () => {
    // The database ends a transaction in which nothing is asked for so long.
    await new Promise((resolve) => setTimeout(resolve, stalledAt + 22_000 - performance.now()))
    expect((await asked('/', patient.cookie)).status).toBe(200)
    for (const request of slow) request.abort()
    await expect.poll(async () => (await asked('/calls.csv?number=1', patient.cookie)).status).toBe(200)
    await expect
      .poll(
        async () =>
          (
            await database.db.query(
              `select from pg_stat_activity where datname = current_database() and application_name = 'paidcalls web' and state like 'idle in%'`,
            )
          ).rowCount,
      )
      .toBe(0)
  })
})
