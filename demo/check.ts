// The demo does not believe itself: what should have become of the calls is compared with what did, by SQL.

import type { Database } from '../shared/database/connect.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { grouped } from '../shared/text/number.ts'
import { planted } from './generate.ts'

interface Outside {
  answered: number
  priced: number
  planted: number
}

// Priced: to the number that was meant, by a row of the tariff or by a rule that makes such calls free.
const generatedCalls = `-- demo: did the generated calls come out as they were meant?
select count(*) filter (where meant.answered_outside) as answered,
  count(*) filter (where meant.answered_outside and call.status = 'tarif defined'
    and call.number = substr(cdr.record ->> 'userfield', 9)
    and decision.rule in ('price', 'toll-free calls are free', 'emergency calls are free')) as priced,
  count(*) filter (where meant.planted) as planted
from cdr
join source on source.id = cdr.source_id and source.name = 'london'
left join paidcalls call on call.cdr_id = cdr.id
left join rating_decision decision on decision.call_id = call.id
cross join lateral (select cdr.record ->> 'userfield' like 'outside %' as answered_outside,
  cdr.record ->> 'userfield' like 'planted %' as planted) meant`

const realCalls = `-- demo: did every answered call over a trunk in the real records get a price?
select count(*) as answered, count(*) filter (where call.status = 'tarif defined' and decision.tarif_id is not null
    or decision.rule = 'incoming calls are free') as priced,
  0 as planted
from cdr
join source on source.id = cdr.source_id and source.name like 'asterisk-%'
left join paidcalls call on call.cdr_id = cdr.id
left join rating_decision decision on decision.call_id = call.id
where cdr.record ->> 'disposition' = 'ANSWERED' and cdr.record ->> 'billsec' <> '0'
  and (cdr.record ->> 'channel' like 'PJSIP/c%' or cdr.record ->> 'dstchannel' ~ '^(PJSIP/c|Local/.*@trunk)')`

const strays = `-- demo: is anything where it should not be?
select (select count(*) from cdr) as records, (select count(*) from paidcalls) as calls,
  (select count(*) from paidcalls call join cdr on cdr.id = call.cdr_id
    where call.problem is not null and cdr.record ->> 'userfield' not like 'planted %') as waiting,
  (select count(*) from paidcalls where provider_id is null and total <> 0) as charged_inside`

const plantedCalls = `-- demo: which of the planted calls wait?
select substr(cdr.record ->> 'userfield', 9) as plant, count(*) as calls, min(call.problem) as problem
from cdr
join paidcalls call on call.cdr_id = cdr.id
where cdr.record ->> 'userfield' like 'planted %' and call.problem is not null
group by plant`

/**
 * What is so, a line each. `records`: how many there are in all sources; `healed`: kinds of planted calls that wait no
 * longer. Throws a Complaint that names everything that is not as it should be.
 */
export async function check(db: Database, records: number, healed: readonly string[]): Promise<string[]> {
  const generated = await one<Outside>(db, generatedCalls)
  const real = await one<Outside>(db, realCalls)
  const stray = await one<{ records: number; calls: number; waiting: number; charged_inside: number }>(
    db,
    strays,
  )
  const { rows: waiting } = await db.query<{ plant: string; calls: number; problem: string }>(plantedCalls)
  const meant = Object.entries(planted).filter(([plant]) => !healed.includes(plant))

  const wrong = [
    generated.answered !== generated.priced &&
      `of ${grouped(generated.answered)} generated answered outside calls ${grouped(generated.priced)} are priced`,
    real.answered !== real.priced &&
      `of ${grouped(real.answered)} real answered calls over a trunk ${grouped(real.priced)} are priced`,
    (stray.records !== records || stray.calls !== records) &&
      `of ${grouped(records)} records ${grouped(stray.records)} were kept and ${grouped(stray.calls)} became calls`,
    stray.waiting !== 0 && `${grouped(stray.waiting)} calls wait that should not`,
    stray.charged_inside !== 0 &&
      `${grouped(stray.charged_inside)} calls cost something that no carrier carried`,
    ...meant.map(([plant, calls]) => {
      const found = waiting.find((row) => row.plant === plant)?.calls ?? 0
      return found !== calls && `of ${calls} calls planted for ${plant} ${found} wait`
    }),
    ...healed.map((plant) => waiting.some((row) => row.plant === plant) && `calls still wait for ${plant}`),
  ].filter((mistake) => mistake !== false)
  if (wrong.length > 0) throw new Complaint(`The calls did not come out as they should: ${wrong.join('; ')}.`)

  return [
    `${grouped(records)} records are ${grouped(stray.calls)} calls, none twice and none lost`,
    `${grouped(generated.answered)} generated answered outside calls: every one priced, to the number that was meant`,
    `${grouped(real.answered)} answered calls over a trunk in the real records: every one priced`,
    `${grouped(waiting.reduce((sum, { calls }) => sum + calls, 0))} calls wait, and all of them were planted to`,
  ]
}

async function one<Row extends object>(db: Database, query: string): Promise<Row> {
  const { rows } = await db.query<Row>(query)
  const [row] = rows
  if (!row) throw new Error('A count has one row.')
  return row
}
