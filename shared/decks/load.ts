// Loads a rate deck into a plan: read, compare, say what will happen, and only then write, all or nothing.

import { basename } from 'node:path'

import type { Database } from '../database/connect.ts'
import { planLock, takeLock } from '../database/locks.ts'
import { Complaint } from '../errors/complaint.ts'
import { codeOf } from '../errors/whose-fault.ts'
import { grouped } from '../text/number.ts'
import { compare, makeTables } from './difference.ts'
import { findPlan, momentIn, planInWords } from './plan.ts'
import type { DeckPlan } from './plan.ts'
import { columnsIn, readDeck } from './read.ts'
import type { FileOptions } from './read.ts'
import { belowCost, countsInWords, largestRaises, raisesOver, staying } from './report.ts'
import type { Deck } from './sheet/deck.ts'
import { listed } from './sheet/problems.ts'
import { write, writeNoted } from './write.ts'

export interface LoadOptions extends FileOptions {
  /** Of the file, where its path is another; null: it is no list that could be undone as one. */
  name?: string | null
  tarifnum: number
  /** A date, or date and time; see momentIn. */
  from: string
  /** Percent. */
  raise: string
  /** Warnings stop the load as errors do. */
  strict: boolean
  keepGone: boolean
  dryRun: boolean
}

type Say = (line: string) => void

/**
 * Loads the deck: prices that change are ended at `from` and new ones opened, so what was before stays priced as it was.
 * Says what will happen first. Throws a Complaint that lists the lines in error; then nothing is written.
 */
export async function loadDeck(db: Database, options: LoadOptions, say: Say): Promise<void> {
  const plan = await findPlan(db, options.tarifnum)
  const from = await momentIn(db, plan, options.from)
  await makeTables(db)
  const deck = await readDeck(db, { ...options, currency: plan.currency }, say)
  await inTurn(db, plan, say, async () => {
    const counts = await compare(db, {
      tarifnum: plan.tarifnum,
      from: from.at,
      withBases: false,
      columns: columnsIn(deck),
      keepGone: options.keepGone,
    })
    say(`${planInWords(plan)} from ${from.words} on: ${countsInWords(counts)}`)
    const raises = await largestRaises(db)
    if (raises.length > 0)
      [`the largest raises:`, ...raises].forEach((line) => {
        say(line)
      })
    for (const line of await staying(db, plan, from)) say(line)
    warn(
      [
        { of: 'lines', ...deck.warnings },
        { of: 'raises', ...(await raisesOver(db, options.raise)) },
        { of: 'prices below cost', ...(await belowCost(db, plan, from)) },
      ],
      options.strict,
      say,
    )
    if (options.dryRun) return false
    const { name = basename(options.path) } = options
    const changed = await (name === null ? write(db, plan, from) : writeNoted(db, plan, from, name))
    say(changed > 0 ? `written: ${grouped(changed)} codes` : 'nothing to change')
    return true
  })
}

/**
 * Changes the prices of a plan, one who does it after the other. What was compared is what is changed: an edit of the same row in between
 * ends it. `work` says whether it is kept; if not, that is said.
 */
export async function inTurn(
  db: Database,
  plan: DeckPlan,
  say: Say,
  work: () => Promise<boolean>,
): Promise<void> {
  await takePlan(db, plan, say)
  try {
    await db.query('begin isolation level repeatable read')
    const isKept = await work()
    await db.query(isKept ? 'commit' : 'rollback')
    if (!isKept) say('nothing is written: this is a dry run')
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    // Also where a row was added in between: it cannot hold beside ours.
    if (['40001', '23P01'].includes(codeOf(error) ?? '')) {
      throw new Complaint(
        `Prices of plan ${plan.tarifnum} were edited at the same time: nothing was written. Do it again.`,
      )
    }
    throw error
  } finally {
    await db
      .query(`-- deck: let others load\nselect pg_advisory_unlock($1, $2)`, [planLock, plan.tarifnum])
      .catch(() => undefined)
  }
}

/** Loads of one plan wait for each other; nothing else waits for them. */
async function takePlan(db: Database, plan: DeckPlan, say: Say): Promise<void> {
  const { rows } = await db.query<{ mine: boolean }>(
    `-- deck: take turns\nselect pg_try_advisory_lock($1, $2) as mine`,
    [planLock, plan.tarifnum],
  )
  if (rows[0]?.mine) return
  say(`another deck is being loaded into plan ${plan.tarifnum}: waiting for it`)
  await takeLock(db, [planLock, plan.tarifnum], 600, `Plan ${plan.tarifnum} is being loaded`)
}

function warn(groups: readonly ({ of: string } & Deck['warnings'])[], strict: boolean, say: Say): void {
  const warnings = groups.filter(({ count: many }) => many > 0)
  for (const group of warnings) {
    say(`warnings, ${group.of}: ${grouped(group.count)}`)
    for (const line of listed(group)) say(`  ${line}`)
  }
  if (strict && warnings.length > 0)
    throw new Complaint('There are warnings, and --strict stops at them: nothing is written.')
}
