// What was asked of plans side by side, and the codes it is about.

import { callingCodeOfCountry, isOfCountry } from '../../dialling/code-country.ts'
import { Complaint } from '../../errors/complaint.ts'
import type { Visit } from '../../web/page.ts'

export interface Asked {
  plans: { tarifnum: number; name: string }[]
  /** Digits, or empty. */
  code: string
  number: string
  /** ISO 3166, or empty. */
  country: string
  seconds: number
  at: Date
}

const digitsIn = (text: string | undefined): string => (text ?? '').replace(/\D/g, '').slice(0, 15)

export async function askedOf({ ask, query }: Visit): Promise<Asked> {
  const wanted = [query['plan1'], query['plan2'], query['plan3'], query['plan4']]
    .filter((plan) => plan !== undefined && /^\d{1,9}$/.test(plan))
    .map(Number)
  const known = await ask<Asked['plans'][number]>(
    '-- web: plans\nselect tarifnum, name from tarifplan where tarifnum = any ($1)',
    [wanted],
  )
  const seconds = Number(query['seconds'] || '60')
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 86_400)
    throw new Complaint('0 to 86400 seconds are needed.')
  const at = new Date(query['at'] ? `${query['at']}Z` : Date.now())
  if (Number.isNaN(at.getTime())) throw new Complaint(`"${query['at'] ?? ''}" is no date such as 2026-11-30.`)
  const country = (query['country'] ?? '').trim().toUpperCase()
  if (country !== '' && callingCodeOfCountry(country) === null)
    throw new Complaint(`"${country}" is no country such as DE.`)
  return {
    plans: [...new Set(wanted)].flatMap((plan) => known.find(({ tarifnum }) => tarifnum === plan) ?? []),
    ...{ code: digitsIn(query['code']), number: digitsIn(query['number']), country, seconds, at },
  }
}

/** Codes of the plans and of those they are based on: what begins with the digits, and what begins them; what begins the number. */
const codesQuery = `-- web: codes of plans side by side
select distinct code collate "C" as code from tarif
where tarifnum = any (array(select plan from tarifplan_chain where tarifnum = any ($1::integer[])))
  and direction = 'out' and prefix_id is null and valid @> $2::timestamptz and ($3::text is null or code > $3 collate "C")
  and ($4 = '' or code like $4 || '%' or code = any (prefixes_of($4)))
  and ($5 = '' or code like $5 || '%' or code = any (prefixes_of($5))) and ($6 = '' or code = any (prefixes_of($6)))
order by 1 limit $7`

const readAtOnce = 500

/** At most so many, behind a code; null: from the first on. */
export async function codesOf(
  { ask }: Visit,
  { plans, at, code, number, country }: Asked,
  behind: string | null,
  most: number,
): Promise<string[]> {
  const calling = country === '' ? '' : (callingCodeOfCountry(country) ?? '')
  const found: string[] = []
  for (let last = behind; ;) {
    const rows = await ask<{ code: string }>(codesQuery, [
      plans.map(({ tarifnum }) => tarifnum),
      ...[at, last, code, calling, number, country === '' ? most : readAtOnce],
    ])
    found.push(...rows.map((row) => row.code).filter((one) => country === '' || isOfCountry(one, country)))
    last = rows.at(-1)?.code ?? null
    if (country === '' || found.length >= most || rows.length < readAtOnce) return found.slice(0, most)
  }
}
