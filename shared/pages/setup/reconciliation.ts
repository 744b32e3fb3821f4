// Has every record of every exchange come in? It reads all records there are: asked once in a while, however many look.

import { html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { table } from '../../web/layout.ts'
import { office } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'

interface Day {
  source: string
  day: string | null
  in_source: string
  here: string
  difference: string
  calls: string
  rejected: string
  left_out: string
  gone: string
  counted_at: Date | null
}

const keptMs = 10 * 60_000
const daysMost = 200

const daysQuery = `-- web: what sources hold beside what is here
select source, day::text, records_in_source::text as in_source, records_here::text as here, difference::text, calls::text, rejected::text, left_out::text, gone_at_the_source::text as gone, counted_at
from reconciliation order by difference = 0, day desc nulls first, source limit ${daysMost}`

let kept: { at: number; days: Promise<Day[]> } | undefined

/** All who may look see the same. */
async function daysOf({ ask, db }: Visit): Promise<{ at: Date; days: Day[] }> {
  if (!kept || Date.now() - kept.at > keptMs) {
    await db.query(`set local statement_timeout = '120s'`)
    const asked = { at: Date.now(), days: ask<Day>(daysQuery) }
    kept = asked
    asked.days.catch(() => {
      if (kept === asked) kept = undefined
    })
  }
  return { at: new Date(kept.at), days: await kept.days }
}

export const reconciliation: Page = {
  path: '/reconciliation',
  title: 'Exchanges',
  roles: office,
  menu: false,
  async show(visit) {
    const { at, days } = await daysOf(visit)
    const moment = momentIn(visit.person.time_zone)
    return {
      question: 'Has every record of every exchange come in, day by day?',
      body: html`<p>
          As of ${moment(at)}. <code>npm run import -- --reconcile</code> counts what the exchanges hold; so
          does schedule, at night.
        </p>
        ${table(
          'Days as the exchanges wrote them, those that differ first',
          days,
          [
            { name: 'exchange', cell: ({ source }) => source },
            { name: 'day', cell: ({ day }) => day },
            { name: 'held there', cell: ({ in_source }) => in_source, right: true },
            { name: 'here', cell: ({ here }) => here, right: true },
            {
              name: 'missing',
              cell: ({ difference }) =>
                html`<span class="${difference === '0' ? 'good' : 'bad'}">${difference}</span>`,
              right: true,
            },
            { name: 'calls', cell: ({ calls }) => calls, right: true },
            { name: 'rejected', cell: ({ rejected }) => rejected, right: true },
            { name: 'left out', cell: ({ left_out }) => left_out, right: true },
            { name: 'gone there', cell: ({ gone }) => gone, right: true },
            { name: 'counted', cell: ({ counted_at }) => counted_at && moment(counted_at) },
          ],
          'No record has been read, and no exchange counted.',
        )}
        <p><a href="/sources">← Exchanges</a></p>`,
    }
  },
}
