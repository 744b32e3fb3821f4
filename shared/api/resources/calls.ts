// Calls: which there were, what is known of one, each price it had, and how that came about.

import { behindCall, callsQuery, oneCall, sought } from '../../search/calls.ts'
import { columnsOf, listOf, objectOf } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { decisionFields, known, listed, receiptFields } from './call-fields.ts'
import { idKey, idParams, list, one } from '../list.ts'
import { everybody, workers } from '../../web/page.ts'
import type { Asked, Operation } from '../operation.ts'
import { Problem } from '../problem.ts'

const unpaged = (fields: Fields) => objectOf({ items: { schema: listOf(objectOf(fields)), cast: String } })

/** What there is of one call; when there is nothing, whether there is the call at all. */
async function itemsOf({ ask, params }: Asked, name: string, text: string): Promise<unknown> {
  const items = await ask(`-- api: ${name}\n${text}`, [params['id']])
  if (items.length === 0) {
    const [there] = await ask(`-- api: is there the call?\nselect 1 as one from ${oneCall}`, [params['id']])
    if (!there) throw new Problem(404, `There is no call ${params['id'] ?? ''}.`)
  }
  return { items }
}

const decisionNames = Object.keys(decisionFields).join(', ')
const instant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z)?$/
const utc = 'a moment such as 2026-11-30T08:00:00Z, or a day'

export const calls: readonly Operation[] = [
  list({
    path: '/calls',
    id: 'listCalls',
    summary: 'Which calls were there? Those that began last come first.',
    scope: 'calls',
    roles: everybody,
    fields: listed,
    from({ key }) {
      const isReader = key.role === 'reader'
      return {
        text: (...asked) => callsQuery(isReader, ...asked),
        behind: (nr) => behindCall(isReader, nr),
      }
    },
    keys: idKey('call'),
    by: {
      from: { label: `Began then or later: ${utc}`, where: 'calldate >= $$::timestamptz', check: instant },
      to: { label: `Began before: ${utc}`, where: 'calldate < $$::timestamptz', check: instant },
      ...sought,
    },
  }),
  one({
    path: '/calls/{id}',
    id: 'getCall',
    summary: 'What is known of a call?',
    scope: 'calls',
    roles: workers,
    fields: known,
    from: oneCall,
    what: 'call',
  }),
  {
    method: 'GET',
    path: '/calls/{id}/decisions',
    id: 'listDecisions',
    summary: 'Each price the call ever had, with the figures that went in.',
    scope: 'calls',
    roles: workers,
    params: idParams,
    answer: unpaged(decisionFields),
    problems: { 404: 'There is no call with this id.' },
    run: (asked) =>
      itemsOf(
        asked,
        'decisions',
        `select ${columnsOf(decisionFields)} from (
          select ${decisionNames} from rating_decision where call_id = $1
          union all select ${decisionNames} from archived_decision where call_id = $1) made order by made.nr`,
      ),
  },
  {
    method: 'GET',
    path: '/calls/{id}/receipt',
    id: 'getReceipt',
    summary: 'How each price came about, line by line, for people.',
    scope: 'calls',
    roles: workers,
    params: idParams,
    answer: unpaged(receiptFields),
    problems: { 404: 'There is no call with this id.' },
    run: (asked) => itemsOf(asked, 'receipt', `select ${columnsOf(receiptFields)} from receipt($1)`),
  },
]
