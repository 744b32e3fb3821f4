// What would a call cost this client?

import { Complaint } from '../../errors/complaint.ts'
import type { Call, Stage } from '../../line/stage.ts'
import { quote as priceCall } from '../../simulation/quote.ts'
import { html } from '../../text/html.ts'
import { field, plainTable } from '../../web/layout.ts'
import type { Page, Visit } from '../../web/page.ts'
import type { People } from '../../web/people.ts'
import { clientOnly } from './who.ts'

/** What a call would cost is asked of the stages themselves; of whom is not for the form to say. */
export function createSimulator<Dialled extends Call, Priced extends Call & { carried: boolean }>(
  people: People,
  stages: { destination: Stage<Dialled>; tariff: Stage<Priced> },
): Page {
  const priced = (visit: Visit, number: string, seconds: number): Promise<Record<string, unknown>[]> =>
    people.as(
      visit.person,
      async (db, ask) => {
        const client = visit.person.client_id ?? 0
        const id = await priceCall(db, stages, {
          client,
          number,
          seconds,
          at: new Date(),
          source: null,
        })
        return ask(
          `-- portal: the price of a call that is not made
          select number, country, billable_sec::text as seconds, trim_scale(price)::text as "a minute", trim_scale(total)::text as costs, currency, trim_scale(master_total - total)::text as saved from paidcalls where id = $1`,
          [id],
        )
      },
      { role: 'stage', trying: true },
    )
  return {
    path: '/portal/quote',
    title: 'Quote',
    roles: clientOnly,
    menu: true,
    async show(visit) {
      const { query } = visit
      const [number, seconds] = [(query['number'] ?? '').trim(), Number(query['seconds'] || '60')]
      if (!Number.isInteger(seconds) || seconds < 0 || seconds > 86_400)
        throw new Complaint('0 to 86400 seconds, please.')
      const rows = number === '' ? [] : await priced(visit, number, seconds)
      return {
        question: 'What would a call cost?',
        body: html`<form class="fields" method="get">
            ${field({ name: 'number', label: 'Number, with country code', value: number, required: true })}
            ${field({ name: 'seconds', label: 'Seconds', type: 'number', value: String(seconds) })}
            <button class="first">What would it cost?</button>
          </form>
          ${number !== '' && plainTable('It would cost', rows, '')}`,
      }
    },
  }
}
