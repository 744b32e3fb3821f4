import { describe, expect, it } from 'vitest'

import { loadRules } from '../../shared/watch/load.ts'
import { rehearse } from '../../shared/watch/rehearse.ts'
import type { Rehearsed } from '../../shared/watch/rehearse.ts'
import { useDatabase } from '../support/database.ts'
import { diceOf, firstMonday, fraudOf, officeTraffic, week } from '../support/offices.ts'
import type { Fraud } from '../support/offices.ts'

const database = useDatabase()
const [offices, weeks] = [30, 4]
const hour = 3_600_000

// What fraud costs before it is found, and how often nothing is found. Other seeds: SEED=2 npx vitest run test/stages/starter-rules.db.test.ts
describe('the starter set on a month of thirty offices', () => {
  const seed = Number(process.env['SEED'] ?? 1)
  const dice = diceOf(seed)
  const frauds = (['hacked at night', 'drip', 'wangiri'] as const).flatMap((fraud, kind) =>
    Array.from({ length: 3 }, (_, nr) => {
      const day = firstMonday + dice.between(4, weeks * 7 - 2) * 24 * hour
      const began =
        fraud === 'hacked at night' ? day + dice.between(22, 26) * hour : day + dice.between(8, 17) * hour
      const office = 1 + kind * 3 + nr
      return { fraud, office, began, calls: fraudOf(fraud, office, began, dice) }
    }),
  )
  const found = async (): Promise<{
    all: Rehearsed[]
    of: (fraud: Fraud) => (number | null)[]
    false: Rehearsed[]
  }> => {
    const loaded = await loadRules(database.db, true)
    const traffic = Array.from({ length: offices }, (_, at) =>
      officeTraffic(at + 1, seed, weeks, Number(process.env['RECORDS'] ?? 400)),
    )
    const calls = [...traffic.flat(), ...frauds.flatMap(({ calls }) => calls)].sort(
      (a, b) => a.ended - b.ended,
    )
    const all = await rehearse(loaded, { from: firstMonday, until: firstMonday + weeks * week }, [calls])
    const isOf = (
      { office, began, calls }: (typeof frauds)[number],
      { subject, incident }: Rehearsed,
    ): boolean =>
      [subject.client_id, subject.source_id, subject.provider_id].includes(office) &&
      incident.opened >= began &&
      incident.opened <= Math.max(...calls.map(({ ended }) => ended)) + hour
    return {
      all,
      of: (fraud) =>
        frauds
          .filter((one) => one.fraud === fraud)
          .map((one) => {
            const first = all.find((alert) => isOf(one, alert))
            return first ? Math.round((first.incident.opened - one.began) / 60_000) : null
          }),
      false: all.filter((alert) => !frauds.some((one) => isOf(one, alert))),
    }
  }
  it('finds hacked extensions and wangiri within five minutes, a drip within two hours, and little else', async () => {
    const what = await found()
    const late = (fraud: Fraud, minutes: number) =>
      what.of(fraud).filter((after) => after === null || after > minutes)
    expect(late('hacked at night', 5)).toEqual([])
    expect(late('wangiri', 5)).toEqual([])
    expect(late('drip', 120)).toEqual([])
    expect(
      what.false.map(({ rule, subject }) => `${rule.name} ${String(subject.client_id)}`).slice(weeks),
    ).toEqual([])
  })
})
