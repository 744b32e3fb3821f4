// How do hours and days compare, how many calls were there at one time, and how did they end? From the sums.

import { html } from '../text/html.ts'
import { plainTable } from '../web/layout.ts'
import { workers } from '../web/page.ts'
import type { Page } from '../web/page.ts'
import { csvLink, lines } from '../web/plot.ts'

const hoursQuery = `-- web: hours of three days
with clock as (select date_trunc('day', now() at time zone $1) as today)
select hour, sum(calls) filter (where back = 0)::float8 as today, sum(calls) filter (where back = 1)::float8 as yesterday, sum(calls) filter (where back = 7)::float8 as week
from clock cross join (values (0), (1), (7)) span (back) cross join generate_series(0, 23) hour
left join call_sum on starts_at >= (today - back * interval '1 day' + hour * interval '1 hour') at time zone $1 and starts_at < (today - back * interval '1 day' + (hour + 1) * interval '1 hour') at time zone $1
group by hour order by hour`

const daysQuery = `-- web: days
select to_char(day, 'MM-DD') as day, sum(calls)::float8 as calls, sum(answered)::float8 as answered, sum(minutes)::float8 as minutes
from day_calls where day > (now() at time zone 'UTC')::date - 28 group by day_calls.day order by day_calls.day`

const causesQuery = `-- web: how calls ended
select day_sum.cause, max(coalesce(cause.meaning, '')) as meaning, sum(calls)::text as calls, round(100.0 * sum(calls) / sum(sum(calls)) over (), 1)::text as percent
from day_sum left join cause using (cause) where day > (now() at time zone 'UTC')::date - 7 group by day_sum.cause order by sum(calls) desc limit 30`

const atOnceQuery = `-- web: calls at one time, by the hour
with hours as (
  select date_trunc('hour', minute) as hour, sum(begun - ended)::float8 as more, minute from minute_calls where minute > now() - interval '3 days' group by minute
), going as (
  select hour, sum(more) over (order by minute) as up from hours
)
select to_char(hour at time zone $1, 'DD. HH24:MI') as hour, greatest(max(up), 0)::float8 as most from going group by going.hour order by going.hour`

interface Hours {
  hour: number
  today: number | null
  yesterday: number | null
  week: number | null
}

// All who may look see the same: asked once in half a minute, however many look.
const keptMs = 30_000
function createKept<Row>(): (zone: string, make: () => Promise<Row[]>) => Promise<Row[]> {
  const kept = new Map<string, { at: number; rows: Promise<Row[]> }>()
  return (zone, make) => {
    const known = kept.get(zone)
    if (known && performance.now() - known.at < keptMs) return known.rows
    const rows = make()
    kept.set(zone, { at: performance.now(), rows })
    // What failed is asked again.
    rows.catch(() => kept.delete(zone))
    return rows
  }
}
const hoursOf = createKept<Hours>()
const atOnceOf = createKept<{ hour: string; most: number }>()

export const compare: Page = {
  path: '/compare',
  title: 'Compare',
  roles: workers,
  menu: true,
  late: true,
  async show(visit) {
    const { ask, person } = visit
    const hours = await hoursOf(person.time_zone, () => ask<Hours>(hoursQuery, [person.time_zone]))
    const days = await ask<{ day: string; calls: number; answered: number; minutes: number }>(daysQuery)
    const atOnce = await atOnceOf(person.time_zone, () => ask(atOnceQuery, [person.time_zone]))
    const causes = await ask<Record<string, unknown>>(causesQuery)
    const rows = (of: readonly object[]) => of.map((row) => ({ ...row }))
    const figures = {
      hours: { name: 'hours', caption: 'Calls by the hour', rows: hours },
      days: { name: 'days', caption: 'Calls by the day', rows: days },
      atOnce: { name: 'at-once', caption: 'Most calls at one time', rows: atOnce },
      causes: { name: 'causes', caption: 'How calls of seven days ended', rows: causes },
    }
    return {
      question: 'How do hours and days compare, how many calls were there at one time, and how did they end?',
      body: html`${lines(
          'Calls by the hour',
          hours.map(({ hour }) => String(hour)),
          [
            { name: 'today', values: hours.map(({ today }) => today ?? 0) },
            { name: 'yesterday', values: hours.map(({ yesterday }) => yesterday ?? 0) },
            { name: 'a week ago', values: hours.map(({ week }) => week ?? 0) },
          ],
        )}
        <details>
          <summary>Figures</summary>
          ${plainTable('Calls by the hour', rows(hours), '')} ${csvLink(visit, figures.hours)}
        </details>
        ${lines(
          'Calls by the day (UTC)',
          days.map(({ day }) => day),
          [
            { name: 'calls', values: days.map(({ calls }) => calls) },
            { name: 'answered', values: days.map(({ answered }) => answered) },
          ],
        )}
        <details>
          <summary>Figures</summary>
          ${plainTable('Calls by the day', rows(days), 'No calls in four weeks.')}
          ${csvLink(visit, figures.days)}
        </details>
        ${lines(
          'Most calls at one time, by the hour, three days',
          atOnce.map(({ hour }) => hour),
          [{ name: 'calls', values: atOnce.map(({ most }) => most) }],
        )}
        <details>
          <summary>Figures</summary>
          ${plainTable('Most calls at one time', rows(atOnce), 'No calls in three days.')}
          ${csvLink(visit, figures.atOnce)}
        </details>
        ${plainTable('How calls of seven days ended', causes, 'No calls in seven days.')}
        ${csvLink(visit, figures.causes)}`,
      figures: Object.values(figures),
    }
  },
}
