// The rate deck: read from data/, loaded into a plan by one statement, and what had to be left out in one line.

import { readFileSync } from 'node:fs'

import { parse } from 'csv-parse/sync'

import type { Database } from '../shared/database/connect.ts'
import { grouped } from '../shared/text/number.ts'
import { reasons } from './convert-deck.ts'

type Row = Record<string, string>

/** Loads data/rates.csv into the plan of this name, and says so. */
export async function loadDeck(db: Database, plan: string): Promise<string> {
  const rates = readRows('rates.csv')
  const column = (name: string): string[] => rates.map((rate) => rate[name] ?? '')
  await db.query(
    `-- demo: load the rate deck
insert into tarif (tarifnum, code, description, price, first_sec, step_sec)
select tarifplan.tarifnum, rate.code, rate.description, rate.price, rate.first_sec, rate.step_sec
from tarifplan
cross join unnest($2::text[], $3::text[], $4::numeric[], $5::integer[], $6::integer[])
  rate (code, description, price, first_sec, step_sec)
where tarifplan.name = $1`,
    [plan, ...['code', 'description', 'price', 'first_sec', 'step_sec'].map(column)],
  )
  return `${grouped(rates.length)} rates; ${leftOutInWords(readRows('rates-left-out.csv'))}`
}

function leftOutInWords(leftOut: Row[]): string {
  const counted = reasons
    .map((reason) => ({ reason, rows: leftOut.filter((row) => row['reason'] === reason).length }))
    .filter(({ rows }) => rows > 0)
    .map(({ reason, rows }) => `${grouped(rows)} ${reason}`)
  return `${grouped(leftOut.length)} rows of the original were left out: ${counted.join(', ')}`
}

function readRows(name: string): Row[] {
  return parse(readFileSync(new URL(`data/${name}`, import.meta.url)), { columns: true })
}
