// A day or a week in one mail: what calls came to, compared with the day or week before, the dearest, and where they went.

import type { Database } from '../database/connect.ts'
import type { Letter, Table } from './letter.ts'
import { wordsIn } from './words.ts'
import type { Words } from './words.ts'

export interface Report {
  /** Instants as PostgreSQL reads them; until is not included. */
  from: string
  until: string
  timeZone: string
  language: string
  /** Null: all clients. */
  client: number | null
}

interface Sums {
  span: number
  currency: string
  calls: number
  answered: number
  seconds: number
  total: string
  saved: string
  margin: string | null
}

const sumsQuery = `-- notify: what came of calls, and before
select span, currency, sum(calls)::float8 as calls, sum(answered)::float8 as answered, sum(billable_sec)::float8 as seconds, trim_scale(sum(total))::text as total,
  trim_scale(sum(case when without_master = 0 then master_total - total else 0 end))::text as saved,
  trim_scale(sum(case when currency = cost_currency and without_cost = 0 then total - cost end))::text as margin
from (values (0, $1::timestamptz, $2::timestamptz), (1, $1::timestamptz - interval '1 day', $2::timestamptz - interval '1 day'), (7, $1::timestamptz - interval '7 days', $2::timestamptz - interval '7 days')) compared (span, since, until)
join call_sum on starts_at >= since and starts_at < until and ($3::integer is null or client_id = $3)
group by span, currency`

const topQuery = (by: string): string => `-- notify: the most of it
select ${by} as name, currency, sum(calls)::float8 as calls, round(sum(billable_sec) / 60.0, 1)::float8 as minutes, trim_scale(sum(total))::text as total
from call_sum left join client on client.id = client_id
where starts_at >= $1 and starts_at < $2 and ($3::integer is null or client_id = $3) and currency <> ''
group by 1, 2 order by sum(total) desc, sum(calls) desc, 1 limit 10`

const dearestQuery = `-- notify: the dearest calls
select to_char(calldate at time zone $4, 'YYYY-MM-DD HH24:MI') as began, coalesce(client.name, '') as client, shown(coalesce(number, ''), false) as number,
  round(billable_sec / 60.0, 1)::text as minutes, trim_scale(total)::text as total, currency
from (
  select distinct on (call_id) * from recent_call where ended_at >= $1 and ended_at < $2 and total > 0 and ($3::integer is null or client_id = $3) order by call_id, nr desc
) call
left join client on client.id = client_id
order by call.total desc limit 10`

/** The letter of a report; money is that of each currency by itself. */
export async function reportLetter(db: Database, report: Report): Promise<Letter> {
  const { from, until, timeZone, language, client } = report
  const words = wordsIn(language)
  const values = [from, until, client]
  const { rows: sums } = await db.query<Sums>(sumsQuery, values)
  const top = async (title: string, by: string, name: string): Promise<Table> => {
    const { rows } = await db.query<{
      name: string | null
      currency: string
      calls: number
      minutes: number
      total: string
    }>(topQuery(by), values)
    return {
      title,
      rows: rows.map((row) => ({
        [name]: row.name ?? '',
        [words.calls]: words.number(row.calls),
        [words.minutes]: words.number(row.minutes),
        [words.money]: `${words.number(row.total)} ${row.currency}`,
      })),
      right: [words.calls, words.minutes, words.money],
    }
  }
  const { rows: dearest } = await db.query<Record<string, string>>(dearestQuery, [...values, timeZone])
  const { rows: named } = await db.query<{ name: string }>(
    `-- notify: whose report\nselect name from client where id = $1`,
    [client],
  )
  const isWeek = Date.parse(until) - Date.parse(from) > 3 * 86_400_000
  const date = new Intl.DateTimeFormat(words.locale, { dateStyle: 'long', timeZone }).format(new Date(from))
  const heading = `${isWeek ? words.weekOf : words.day} ${date}${named[0] ? `, ${named[0].name}` : ''}`
  return {
    subject: `paidcalls: ${heading}`,
    heading,
    lines: sums.some(({ span }) => span === 0) ? [] : [words.none],
    tables: [
      overview(sums, words, isWeek),
      ...(client === null ? [await top(words.clients, `coalesce(client.name, '')`, words.client)] : []),
      await top(words.countries, 'country', words.country),
      await top(words.causes, 'cause', words.cause),
      {
        title: words.dearest,
        rows: dearest.map((call) => ({
          [words.began]: call['began'] ?? '',
          ...(client === null && { [words.client]: call['client'] ?? '' }),
          [words.called]: call['number'] ?? '',
          [words.minutes]: call['minutes'] ?? '',
          [words.money]: `${words.number(call['total'] ?? '')} ${call['currency'] ?? ''}`,
        })),
        right: [words.minutes, words.money],
      },
    ],
    foot: `${words.foot} ${timeZone}.`,
  }
}

const added = (sums: readonly Sums[]): Sums | undefined =>
  sums.reduce<Sums | undefined>(
    (all, one) =>
      all
        ? {
            ...all,
            calls: all.calls + one.calls,
            answered: all.answered + one.answered,
            seconds: all.seconds + one.seconds,
          }
        : one,
    undefined,
  )

/** Calls of all currencies together, and money of each by itself. */
function overview(sums: readonly Sums[], words: Words, isWeek: boolean): Table {
  const of = (span: number, currency?: string): Sums | undefined =>
    added(sums.filter((one) => one.span === span && (currency === undefined || one.currency === currency)))
  type Read = (of: Sums) => number | null
  const line = (
    name: string,
    read: Read,
    text: (of: Sums) => string,
    currency?: string,
  ): Record<string, string>[] => {
    const now = of(0, currency)
    if (!now) return []
    return [
      {
        ' ': name,
        '  ': text(now),
        ...(!isWeek && { [words.dayBefore]: changeOf(read(now), of(1, currency), read) }),
        [words.weekBefore]: changeOf(read(now), of(7, currency), read),
      },
    ]
  }
  const asr: Read = ({ answered, calls }) => (calls === 0 ? null : (answered * 100) / calls)
  const acd: Read = ({ seconds, answered }) => (answered === 0 ? null : seconds / answered)
  const fixed = (figure: number | null, unit: string): string =>
    figure === null ? '' : `${words.number(figure.toFixed(1))} ${unit}`
  const currencies = [...new Set(sums.filter(({ span }) => span === 0).map(({ currency }) => currency))]
    .filter((one) => one !== '')
    .sort()
  const number = (text: string | null): number | null => (text === null ? null : Number(text))
  return {
    title: words.overview,
    rows: [
      ...line(
        words.calls,
        ({ calls }) => calls,
        ({ calls }) => words.number(calls),
      ),
      ...line(
        words.minutes,
        ({ seconds }) => seconds,
        ({ seconds }) => words.number((seconds / 60).toFixed(1)),
      ),
      ...line('ASR', asr, (one) => fixed(asr(one), '%')),
      ...line('ACD', acd, (one) => fixed(acd(one), 's')),
      ...currencies.flatMap((currency) =>
        (
          [
            [words.money, ({ total }) => total],
            [words.margin, ({ margin }) => margin],
            [words.saved, ({ saved }) => saved],
          ] as const satisfies readonly [string, (of: Sums) => string | null][]
        ).flatMap(([name, read]: [string, (of: Sums) => string | null]) =>
          line(
            name,
            (one) => number(read(one)),
            (one) => (read(one) === null ? '' : `${words.number(read(one) ?? '')} ${currency}`),
            currency,
          ),
        ),
      ),
    ],
    right: ['  ', words.dayBefore, words.weekBefore],
  }
}

function changeOf(now: number | null, before: Sums | undefined, read: (of: Sums) => number | null): string {
  const then = before ? read(before) : null
  if (now === null || then === null || then === 0) return ''
  const percent = ((now - then) * 100) / Math.abs(then)
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(0)} %`
}
