// What would a call cost? It is priced as on the line, and nothing of it stays.

import { Complaint } from '../errors/complaint.ts'
import type { Call, Stage } from '../line/stage.ts'
import { quote as priceCall } from '../simulation/quote.ts'
import { html, phrase } from '../text/html.ts'
import { field, plainTable } from '../web/layout.ts'
import { workers } from '../web/page.ts'
import type { Page, Visit } from '../web/page.ts'
import { choicesOf, exchangeChoices } from './tables/choices.ts'

/** `destination` and `tariff` are the stages of the line. */
export function createQuote<Dialled extends Call, Priced extends Call & { carried: boolean }>(stages: {
  destination: Stage<Dialled>
  tariff: Stage<Priced>
}): Page {
  async function receipt({ db, ask, query }: Visit): Promise<Record<string, unknown>[]> {
    const [client, seconds] = [Number(query['client']), Number(query['seconds'] || '60')]
    if (!Number.isInteger(client) || !Number.isInteger(seconds) || seconds < 0 || seconds > 86_400)
      throw new Complaint('A client and 0 to 86400 seconds are needed.')
    const at = new Date(query['at'] ? `${query['at']}Z` : Date.now())
    if (Number.isNaN(at.getTime()))
      throw new Complaint(`"${query['at'] ?? ''}" is no date such as 2026-11-30.`)
    const number = (query['number'] ?? '').trim()
    const id = await priceCall(db, stages, {
      client,
      number,
      seconds,
      at,
      source: query['source'] || null,
    })
    return ask(
      `-- web: the receipt of a call that is not made\nselect item, value, explanation from receipt($1) where item not in ('reason', 'call')`,
      [id],
    )
  }
  return {
    path: '/quote',
    title: 'Quote',
    roles: workers,
    menu: true,
    trying: true,
    async show(visit) {
      const { query } = visit
      const rows = query['number'] ? await receipt(visit) : []
      return {
        question: 'What would a call cost, and why?',
        body: html`<form class="fields" method="get">
            ${field({ name: 'client', label: 'Client', options: await choicesOf(visit, 'client'), value: query['client'], required: true })}
            ${field({ name: 'number', label: 'Number, with country code', value: query['number'], required: true })}
            ${field({ name: 'source', label: 'As dialled at', options: await exchangeChoices(visit, phrase('nowhere: E.164')), value: query['source'] })}
            ${field({ name: 'seconds', label: 'Seconds', type: 'number', value: query['seconds'] ?? '60' })}
            ${field({ name: 'at', label: 'Day (UTC)', type: 'date', value: query['at'] })}
            <button class="first">What would it cost?</button>
          </form>
          ${query['number'] ? plainTable('Receipt', rows, '') : ''}`,
      }
    },
  }
}
