// Records handed in by who has them, instead of read where they are.

import { keepHandedIn } from '../../import/push.ts'
import type { HandedIn } from '../../import/push.ts'
import { bigId, given, listOf, objectOf, orNull, word } from '../fields.ts'
import { everybody } from '../../web/page.ts'
import type { Operation } from '../operation.ts'
import { Problem } from '../problem.ts'

const recordsMost = 1_000

interface Body {
  records: HandedIn[]
  up_to_date?: boolean
}

const became = objectOf({
  became: word(
    'new: kept, a call or part of one. there: it was here already. rejected, left out: kept, and no call. other: refused, since another record is kept under its key.',
    ['new', 'there', 'rejected', 'left out', 'other'],
  ),
  reason: orNull(word('Why it is no call.')),
  record_id: orNull(bigId('As it is kept.')),
  call_id: orNull(bigId('Its call; null also for a part of one.')),
})

const record = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1_000,
  additionalProperties: {
    // A fraction would lose its last digits on the way, a long number too.
    anyOf: [
      { type: ['string', 'null', 'boolean', 'object', 'array'] },
      { type: 'integer', minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 },
    ],
  },
  description:
    'Column by column as the exchange writes it, in the format of the source; text where it can be.',
}

const nameSchema = { type: 'string', pattern: '^[^\\u0000-\\u001f]{1,200}$' }

export const push: Operation = {
  method: 'POST',
  path: '/sources/{name}/records',
  id: 'pushRecords',
  summary: 'Hands in records of an exchange. Sent again, they are there already: nothing is doubled.',
  scope: 'push',
  roles: everybody,
  params: given({ name: nameSchema }, ['name']),
  body: given(
    {
      records: {
        type: 'array',
        maxItems: recordsMost,
        items: given(
          {
            key: {
              type: 'string',
              pattern: '^[^\\u0000-\\u001f]{1,100}$',
              description:
                'The exchange’s own name for the record, which never comes back. Without it records alike to the last digit are one.',
            },
            record,
          },
          ['record'],
        ),
      },
      up_to_date: {
        type: 'boolean',
        description:
          'Whether all records there are up to now have been handed in with these. Reservations of authorize wait for it.',
      },
    },
    ['records'],
  ),
  bodyBytes: 8 * 1024 * 1024,
  answer: objectOf({ records: { schema: listOf(became), cast: String } }),
  problems: {
    404: 'There is no exchange of this name.',
    422: 'The exchange is not enabled, is read by import, or its records lack what a price needs: none is kept.',
  },
  how: { role: 'stage' },
  async run({ db, ask, key, params, body }) {
    const name = params['name'] ?? ''
    const [source] = await ask<{ id: number; name: string }>(
      '-- api: which exchange?\nselect id, name from source where name = $1',
      [name],
    )
    if (key.source_id !== null && key.source_id !== source?.id)
      throw new Problem(403, 'This key is for another exchange.')
    if (!source) throw new Problem(404, `There is no exchange ${name}.`)
    const { records, up_to_date = false } = body as Body
    const found = await keepHandedIn(db, source, records, up_to_date)
    if (!found)
      throw new Problem(503, `Others are handing in records of ${name}. Try again in a moment.`, {
        'retry-after': '1',
      })
    return { records: found }
  },
}
