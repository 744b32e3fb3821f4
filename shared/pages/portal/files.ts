// What a client takes home from the portal: calls and rates as CSV, statements as they were sent.

import { Complaint } from '../../errors/complaint.ts'
import { readDocument } from '../../statements/document.ts'
import { nameOf, pieces } from '../../statements/files.ts'
import type { Kind } from '../../statements/files.ts'
import { csvLine } from '../../text/csv.ts'
import type { Download, Visit } from '../../web/page.ts'
import type { People } from '../../web/people.ts'
import { callsBehind } from './calls.ts'
import type { CallRow } from './calls.ts'
import { ratesQuery } from './rates.ts'
import { clientOnly, daysOf } from './who.ts'

const piece = 2_000
const csv = 'text/csv; charset=utf-8'

const names = [
  ...['id', 'began', 'src', 'number', 'country', 'billable_sec', 'price', 'total', 'saved', 'currency'],
] as readonly (keyof CallRow)[]

const calls: Download = {
  ...{ path: '/portal/calls.csv', roles: clientOnly, type: csv },
  file(visit) {
    const { from, until } = daysOf(visit)
    return `calls-${from}-${until}.csv`
  },
  async *pieces(visit) {
    yield csvLine(names)
    for (let behind = { at: '', id: '' }; ;) {
      const rows = await callsBehind(visit, behind, piece)
      yield rows.map((row) => csvLine(names.map((name) => row[name] ?? ''))).join('')
      const last = rows.at(-1)
      if (!last || rows.length < piece) return
      behind = last
    }
  },
}

const rates: Download = {
  ...{ path: '/portal/rates.csv', roles: clientOnly, type: csv, file: () => 'rates.csv' },
  async *pieces({ ask }) {
    yield csvLine(['code', 'description', 'price per minute', 'connect fee', 'currency'])
    for (let behind = ''; ;) {
      const rows = await ask<{
        code: string
        description: string
        price: string
        connect_fee: string
        currency: string
      }>(ratesQuery, ['', behind])
      yield rows
        .map(({ code, description, price, connect_fee, currency }) =>
          csvLine([code, description, price, connect_fee, currency]),
        )
        .join('')
      behind = rows.at(-1)?.code ?? ''
      if (behind === '' || rows.length < 101) return
    }
  },
}

/** That it is theirs says the view of the portal; then it is read as the bookkeeper who sent it reads it. */
function statementFile(people: People, kind: Kind, type: string): Download {
  async function own({ ask, params }: Visit): Promise<number> {
    const id = /^\d{1,15}$/.test(params['id'] ?? '') ? (params['id'] ?? '') : '0'
    const [found] = await ask<{ id: string }>(
      '-- portal: is it theirs?\nselect id::text from portal_statements where id = $1',
      [id],
    )
    if (!found) throw new Complaint('There is no such statement.')
    return Number(found.id)
  }
  return {
    ...{ path: `/portal/statements/:id/${kind}`, roles: clientOnly, type },
    async file(visit) {
      const id = await own(visit)
      return people.as(visit.person, async (db) => `${nameOf(await readDocument(db, id))}.${kind}`, {
        role: 'bookkeeper',
        trying: true,
      })
    },
    async *pieces(visit) {
      const id = await own(visit)
      const parts: (string | Uint8Array)[] = []
      await people.as(
        visit.person,
        async (db) => {
          for await (const part of pieces(db, id, kind)) parts.push(part)
        },
        { role: 'bookkeeper', trying: true },
      )
      yield* parts
    },
  }
}

export const createPortalFiles = (people: People): readonly Download[] => [
  calls,
  rates,
  statementFile(people, 'pdf', 'application/pdf'),
  statementFile(people, 'csv', csv),
]
