import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { aCall, aCallerid, aClient, aPlan, aTarif, anOffice } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { startStages } from '../../support/lines.ts'
import type { RunningLine } from '../../support/lines.ts'

const database = useDatabase()
let line: RunningLine

beforeAll(async () => {
  // Whoever waits for an edit once is found out, though it heals at once.
  await database.db.query(
    `create table waited (call_id bigint, problem text);
    create function note_waiting() returns trigger language plpgsql security definer as
      $$ begin insert into waited values (new.id, new.problem); return null; end $$;
    create trigger note_waiting after update of problem on paidcalls for each row when (new.problem is not null) execute function note_waiting()`,
  )
  line = startStages(database.url, 2)
})
afterAll(() => line.stop())

const kinds = ['price', 'owner', 'to base', 'from base', 'rolled back', 'to a savepoint'] as const

it('an edit that commits before a call comes counts for it, whole, whatever the line is doing', async () => {
  const { db } = database
  const { source_id } = await anOffice(db)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...kinds), { minLength: 60, maxLength: 60 }), async (edits) => {
      const base = await aPlan(db)
      const plan = await aPlan(db, { base })
      const clients = [await aClient(db, { tarif_id: plan }), await aClient(db, { tarif_id: plan })] as const
      const peer = `SIP/desk${base}`
      const owner = await aCallerid(db, clients[0], peer, { kind: 'peer' })
      const row = await aTarif(db, { tarifnum: base, code: '7495', price: '1' })
      // What there is after each edit; of a price and of an owner there is always one.
      const states: { price: number; client: number }[] = [{ price: 1, client: clients[0] }]
      const now = () => states.at(-1) ?? { price: 0, client: 0 }
      const change = async (to: { price: number } | { client: number }, query: string): Promise<void> => {
        // It may be seen from before its commit is known here.
        states.push({ ...now(), ...to })
        await db.query(query)
      }
      const edit = async (kind: (typeof kinds)[number]): Promise<void> => {
        const price = now().price + 1
        const client = now().client === clients[0] ? clients[1] : clients[0]
        const moveTo = (tarifnum: number): Promise<void> =>
          change({ price }, `update tarif set tarifnum = ${tarifnum}, price = ${price} where id = ${row}`)
        if (kind === 'price') await change({ price }, `update tarif set price = ${price} where id = ${row}`)
        if (kind === 'owner')
          await change({ client }, `update callerid set client_id = ${client} where id = ${owner}`)
        if (kind === 'to base') await moveTo(base)
        if (kind === 'from base') await moveTo(plan)
        if (kind === 'rolled back')
          await db.query(`begin; update tarif set price = 999 where id = ${row}; rollback`)
        if (kind === 'to a savepoint')
          await change(
            { price },
            `begin; update tarif set price = ${price} where id = ${row}; savepoint here; update tarif set price = 999 where id = ${row}; rollback to here; commit`,
          )
      }
      const calls: { id: number; known: number }[] = []
      for (const kind of edits) {
        await edit(kind)
        const known = states.length - 1
        for (let nr = 0; nr < 3; nr++)
          calls.push({ id: await aCall(db, { source_id, src: '299', channel: `${peer}-00000001` }), known })
      }
      await expect
        .poll(
          async () =>
            (await db.query(`select from paidcalls where status <> 'tarif defined' limit 1`)).rowCount,
          { timeout: 30_000 },
        )
        .toBe(0)
      const { rows } = await db.query<{ call_id: number; client_id: number; price: string }>(
        'select call_id, client_id, price from rating_decision where call_id = any ($1)',
        [calls.map(({ id }) => id)],
      )
      const decided = new Map(rows.map((found) => [found.call_id, found]))
      const stale = calls.filter(({ id, known }) => {
        const since = states.slice(known)
        const found = decided.get(id)
        return !(
          since.some(({ price }) => price === Number(found?.price)) &&
          since.some(({ client }) => client === found?.client_id)
        )
      })
      expect(stale).toEqual([])
      expect((await db.query('select * from waited')).rows).toEqual([])
    }),
    { numRuns: 4, endOnFailure: true },
  )
}, 180_000)
