// Which alerts would a rule have opened, at its threshold and at others?

import { Complaint } from '../errors/complaint.ts'
import { formatMoney } from '../money/money.ts'
import { loadRules } from '../watch/load.ts'
import { isStateMetric } from '../rules/rule.ts'
import type { Rule } from '../rules/rule.ts'
import { figureText } from '../rules/figure.ts'
import { html } from '../text/html.ts'
import type { Html } from '../text/html.ts'
import { momentIn } from '../text/moment.ts'
import { pastCalls, rehearse } from '../watch/rehearse.ts'
import type { Rehearsed, Span } from '../watch/rehearse.ts'
import { field, plainTable, table } from '../web/layout.ts'
import { office } from '../web/page.ts'
import type { Page, Visit } from '../web/page.ts'
import { csvLink, lines } from '../web/plot.ts'

const dayMs = 86_400_000
const daysMost = 92
const shownMost = 200
// Of the threshold that is asked about.
const others = [0.25, 0.35, 0.5, 0.6, 0.75, 0.85, 1, 1.2, 1.5, 2, 2.5, 3, 4] as const

const numberIn = /^-?\d{1,12}(\.\d{1,8})?$/

function spanOf({ query }: Visit): Span {
  const from = /^\d{4}-\d\d-\d\d$/.test(query['from'] ?? '') ? Date.parse(query['from'] ?? '') : NaN
  const until = Date.now()
  const span = { from: Number.isNaN(from) ? until - 28 * dayMs : from, until }
  if (span.until - span.from > daysMost * dayMs || span.from >= until)
    throw new Complaint(`At most ${daysMost} days: npm run rehearse goes back further.`)
  return span
}

/** The rule at its threshold and at others; the numbers tell them apart. */
const variantsOf = (rule: Rule, threshold: string): Rule[] =>
  others.map((times, at) => ({
    ...rule,
    id: at,
    close_at: threshold === rule.threshold && times === 1 ? rule.close_at : null,
    threshold: times === 1 ? threshold : String(Number((Number(threshold) * times).toFixed(8))),
  }))

function byDay(alerts: readonly Rehearsed[], { from, until }: Span): { day: string; alerts: number }[] {
  const days = new Map<string, number>()
  for (let at = from; at < until; at += dayMs) days.set(new Date(at).toISOString().slice(0, 10), 0)
  for (const { incident } of alerts) {
    const day = new Date(incident.opened).toISOString().slice(0, 10)
    days.set(day, (days.get(day) ?? 0) + 1)
  }
  return [...days].map(([day, count]) => ({ day, alerts: count }))
}

/** How many alerts at which threshold, as a plot in which a script lets the threshold be moved. */
function thresholdsPart(
  { compare }: Rule,
  variants: readonly Rule[],
  counts: readonly number[],
  weekly: readonly string[],
): Html {
  const own = others.indexOf(1)
  const thresholds = variants.map(({ threshold }) => threshold)
  return html`<div
    class="thresholds"
    data-thresholds="${thresholds.join(' ')}"
    data-alerts="${counts.join(' ')}"
    data-weekly="${weekly.join(' ')}"
  >
    ${lines('Alerts by threshold', thresholds, [{ name: '', values: counts }])}
    <input type="range" hidden min="0" max="${thresholds.length - 1}" value="${own}" aria-label="Threshold" />
    <p>
      ${compare} <strong data-shown="threshold">${thresholds[own]}</strong>:
      <strong data-shown="alerts">${counts[own]}</strong> alerts,
      <span data-shown="weekly">${weekly[own]}</span> a week
    </p>
  </div>`
}

export const rehearsal: Page = {
  path: '/rules/:key/rehearse',
  title: 'Rules',
  roles: office,
  menu: false,
  async show(visit) {
    const { db, query, params, person } = visit
    const span = spanOf(visit)
    const loaded = await loadRules(db, true)
    const rule = loaded.rules.find(({ id }) => String(id) === params['key'])
    if (!rule) throw new Complaint(`There is no rule ${params['key'] ?? ''}.`)
    if (isStateMetric(rule.metric))
      throw new Complaint(`${rule.metric} is a figure of the system: that has no past to rehearse with.`)
    const threshold = query['threshold']?.trim() || rule.threshold
    if (!numberIn.test(threshold)) throw new Complaint(`"${threshold}" is no threshold such as 100.`)
    const variants = variantsOf(rule, threshold)
    await db.query(`set local statement_timeout = '60s'; set local work_mem = '128MB'`)
    const found = await rehearse({ ...loaded, rules: variants }, span, pastCalls(db, variants, span))
    const own = found.filter((alert) => others[alert.rule.id] === 1)
    const weeks = (span.until - span.from) / (7 * dayMs)
    const moment = momentIn(person.time_zone)
    const days = byDay(own, span)
    const figures = { name: 'alerts', caption: 'Alerts a day', rows: days }
    const counts = variants.map((variant) => found.filter((alert) => alert.rule === variant).length)
    const weekly = counts.map((alerts) => (alerts / weeks).toFixed(1))
    const atOthers = variants.map(({ threshold }, at) => ({
      ...{ threshold, alerts: counts[at], 'a week': weekly[at] },
    }))
    const thresholds = { name: 'thresholds', caption: 'Alerts by threshold', rows: atOthers }
    return {
      title: rule.name,
      question: 'Which alerts would this rule have opened? Nothing is changed.',
      script: 'threshold',
      body: html`<form method="get" class="fields">
          ${field({ name: 'from', label: 'Since', type: 'date', value: new Date(span.from).toISOString().slice(0, 10) })}
          ${field({ name: 'threshold', label: 'Threshold', value: threshold })}
          <button class="first">Rehearse</button>
          <a href="/rules/${rule.id}">← The rule</a>
        </form>
        ${thresholdsPart(rule, variants, counts, weekly)}
        ${
          days.length > 1 &&
          html`${lines(
              'Alerts a day',
              days.map(({ day }) => day.slice(5)),
              [{ name: threshold, values: days.map(({ alerts }) => alerts) }],
            )}
            <details>
              <summary>Figures</summary>
              ${plainTable(
                'Alerts a day',
                days.map((day) => ({ ...day })),
                '',
              )}
              ${csvLink(visit, figures)}
            </details>`
        }
        ${table(
          'At other thresholds',
          atOthers,
          [
            {
              name: 'threshold',
              cell: (row) =>
                html`<a
                  href="?from=${new Date(span.from).toISOString().slice(0, 10)}&threshold=${row.threshold}"
                  >${rule.compare} ${row.threshold}</a
                >`,
            },
            { name: 'alerts', cell: ({ alerts }) => alerts, right: true },
            { name: 'a week', cell: (row) => row['a week'], right: true },
          ],
          '',
        )}
        ${csvLink(visit, thresholds)}
        ${table(
          'Alerts',
          own.slice(0, shownMost),
          [
            { name: 'opened', cell: ({ incident }) => moment(new Date(incident.opened)) },
            {
              name: 'closed',
              cell: ({ incident }) => incident.closed !== null && moment(new Date(incident.closed)),
            },
            {
              name: 'about',
              cell: ({ subject: { client_id, provider_id, source_id, country } }) =>
                client_id !== null
                  ? html`<a href="/clients/${client_id}">client ${client_id}</a>`
                  : provider_id !== null
                    ? html`<a href="/providers/${provider_id}">provider ${provider_id}</a>`
                    : source_id === null
                      ? country
                      : `source ${source_id}`,
            },
            { name: 'value', cell: ({ incident }) => figureText(incident.figure), right: true },
            {
              name: 'at stake',
              cell: ({ incident }) =>
                incident.currency !== null && `${formatMoney(incident.atStake)} ${incident.currency}`,
              right: true,
            },
          ],
          'No alert would have been opened.',
        )}
        ${own.length > shownMost && html`<p>And ${own.length - shownMost} more.</p>`}`,
      figures: [figures, thresholds],
    }
  },
}
