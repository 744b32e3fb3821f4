// What finding the candidate prices of a number costs, as the tariff grows.

import type { Ground } from './ground.ts'
import { spread } from './report.ts'
import type { Part } from './report.ts'

const lookups = 20_000

export async function benchDecks(ground: Ground): Promise<Part> {
  const rounds = ground.quick ? 3 : 7
  const sizes = [1_000, 168_372, 1_000_000]
  const figures = sizes.map((): number[] => [])
  const yard = await ground.copyOf(
    await ground.model('decks', async (db) => {
      for (const [at, size] of sizes.entries()) {
        await db.query(
          `create table deck_${at} (like tarif including defaults); create index on deck_${at} (code, tarifnum)`,
        )
        await db.query(
          // Longer codes of the same countries where the tariff has no more.
          `insert into deck_${at} (id, tarifnum, code, price)
        select row_number() over (), 1, left(code.code || further.digits, 15), 0.1 from code cross join (select '' as digits union all select n::text from generate_series(0, 9) n) further
        order by length(further.digits), code.nr limit $1`,
          [size],
        )
        await db.query(`analyze deck_${at}`)
      }
    }),
  )
  for (let round = 0; round < rounds; round++)
    for (const [at] of sizes.entries()) {
      const began = performance.now()
      await yard.db.query(
        `do $$
        declare found bigint; number text;
        begin
          set local enable_seqscan = off;
          set local plan_cache_mode = force_generic_plan;
          for n in 1..${lookups} loop
            number := (array['44207', '7916', '33928', '4930', '1212'])[1 + n % 5] || lpad((n * 7919 % 10000000)::text, 7, '0');
            select count(*) into found from deck_${at} tarif
            where tarif.tarifnum = any ('{2,1,10}') and tarif.code = any (prefixes_of(number)) and (tarif.valid @> now()) is true;
          end loop;
        end $$`,
      )
      figures[at]?.push(((performance.now() - began) * 1_000) / lookups)
    }
  return {
    title: 'decks: a search for the prices of a number',
    how: `${lookups.toLocaleString('en')} searches in a row for all codes that begin a number, in three plans, as the stage tariff asks. ${rounds} interleaved rounds.`,
    columns: ['rows of tarif', 'µs a search'],
    rows: sizes.map((size, at) => [size.toLocaleString('en'), spread(figures[at] ?? [], 1)]),
  }
}
