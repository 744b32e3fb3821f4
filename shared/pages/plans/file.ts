// Plans side by side, to take home.

import type { Stage } from '../../line/stage.ts'
import type { Unmade } from '../../simulation/beside.ts'
import { csvLine } from '../../text/csv.ts'
import { workers } from '../../web/page.ts'
import type { Download, Visit } from '../../web/page.ts'
import { askedOf } from './asked.ts'
import { linesOf, nameOf } from './lines.ts'
import type { Line } from './lines.ts'
import { figuresOf, rowsThatApply } from './prices.ts'

const pieceMost = 500

export function createBesideFile<Facts extends Unmade>(tariff: Stage<Facts>): Download {
  async function* csv(visit: Visit): AsyncGenerator<string> {
    const asked = await askedOf(visit)
    const columns = [
      'price',
      'connect fee',
      'currency',
      'master',
      'difference',
      'by code',
      'of plan',
      'hours',
    ]
    yield csvLine([
      'code',
      ...asked.plans.flatMap((plan) => columns.map((column) => `${nameOf(plan)}: ${column}`)),
    ])
    for (let behind: string | null = null; ;) {
      const lines: Line[] = await linesOf(visit, tariff, asked, behind, pieceMost)
      const rows = await rowsThatApply(
        visit,
        lines.flatMap(({ under }) => under),
      )
      yield lines
        .map(({ code, under }) =>
          csvLine([
            code || '*',
            ...under
              .flatMap((one) => {
                const { price, connectFee, master, difference } = figuresOf(one)
                const row = rows.get(one.tarif_id ?? 0)
                const of = row && nameOf({ tarifnum: row.tarifnum, name: row.plan })
                return [
                  price,
                  connectFee,
                  one.currency,
                  master,
                  difference,
                  row && (row.code || '*'),
                  of,
                  row?.hours,
                ]
              })
              .map((cell) => cell ?? ''),
          ]),
        )
        .join('')
      behind = lines.at(-1)?.code ?? null
      if (lines.length < pieceMost) return
    }
  }

  return {
    ...{ path: '/tariffs/beside.csv', roles: workers, type: 'text/csv; charset=utf-8', trying: true },
    file: () => 'plans-side-by-side.csv',
    pieces: csv,
  }
}
