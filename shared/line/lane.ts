// A lane: one connection, one call at a time. Settle the call in hand, commit, claim the next: one round trip.
// The row lock is the claim; a lane that dies gives its call back by dying.

import type pg from 'pg'

import { connect, disconnect } from '../database/connect.ts'
import { PacketError, prepare, send } from '../database/packet.ts'
import type { Step } from '../database/packet.ts'
import { isNobodysFault, isProgramsFault, passes } from '../errors/whose-fault.ts'
import { rest } from '../program/pause.ts'
import { printable } from '../text/printable.ts'
import {
  canMoveQuery,
  nextCall,
  nextIdQuery,
  parkedCall,
  parkQuery,
  putAsideQuery,
  releaseQuery,
} from './claim.ts'
import type { Line } from './line-state.ts'
import type { Call, Stage } from './stage.ts'

const fromFrontMs = 1_000
// A search from the front may take a twentieth of the time.
const fromFrontShare = 20
// So many ids may lie between calls whose transactions overlap: batches of some sources, and calls in the hands of lanes.
const near = 2_000
// A session tells the server what it has changed, and so autovacuum, only between transactions, at most once a second.
const betweenMs = 2_000
const restMs = 250
const restMostMs = 2_000

/** What a lane sets for its session; the benchmark gives the same to what it compares with. */
export const laneSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_memoize: 'off',
  jit: 'off',
  synchronous_commit: 'off',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '20s',
}
export const settingsQuery = Object.entries(laneSettings)
  .map(([name, value]) => `set ${name} = '${value}';`)
  .join('\n')

const begin: Step = { statement: 'begin', values: [] }
const commit: Step = { statement: 'commit', values: [] }
const commitAndChain: Step = { statement: 'commit_and_chain', values: [] }
const tell: Step = { statement: 'tell', values: [] }
// Settles a call that stays parked.
const nothing: Step = { statement: 'nothing', values: [] }

/** Takes calls until the line stops or, when draining, until none is left. Reconnects for as long as it takes. */
export async function runLane<Facts extends Call>(stage: Stage<Facts>, line: Line): Promise<void> {
  let failures = 0
  while (!line.stop.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(line.databaseUrl, stage.name)
      await client.query(`-- settings of a lane\n${settingsQuery}`)
      await prepare(client, statementsOf(stage))
      line.connected(client)
      failures = 0
      await takeCalls(stage, line, client)
      return
    } catch (error) {
      if (isProgramsFault(error)) throw error
      line.lostConnection(error)
      await rest(Math.min(restMs * 2 ** failures++, restMostMs), line.stop)
    } finally {
      await disconnect(client)
    }
  }
}

function statementsOf(stage: Stage<never>): Record<string, string> {
  const claim = (purpose: string, call: string): string =>
    `-- ${stage.name}: ${purpose}\nwith ${call},\nfacts as (\n${stage.facts}\n)\nselect row_to_json(facts) from facts`
  return {
    begin: 'begin',
    nothing: 'select where false',
    commit: 'commit',
    rollback: 'rollback',
    commit_and_chain: 'commit and chain',
    tell: `-- tell the next stage that there are calls\nselect pg_notify('paidcalls ${stage.leaves}', '')`,
    claim: claim('claim a call with its candidates', nextCall(stage.takes, stage.facts)),
    look_again: claim('look once more at a call just parked', parkedCall(stage.takes, stage.facts)),
    settle: stage.settle,
    park: parkQuery,
    release: releaseQuery,
    put_aside: putAsideQuery(stage.takes),
    next_id: nextIdQuery(stage.takes),
  }
}

/** The statements of a stage as a lane prepares them, for tests that explain them. */
export const claimStatement = (stage: Stage<never>): string => statementsOf(stage)['claim'] ?? ''

async function takeCalls<Facts extends Call>(
  stage: Stage<Facts>,
  line: Line,
  client: pg.Client,
): Promise<void> {
  const walk = createWalk(line)
  let open = false
  let betweenAt = performance.now()
  // The call in hand is decided; this settles it, together with the next claim.
  let inHand: { call: number; settle: Step } | undefined

  // The claim before this one found a call as well.
  let flowing = false

  for (;;) {
    const tells = inHand !== undefined && line.telling.isDue(line.isBusy())
    const ahead = [...(open ? [] : [begin]), ...(inHand ? [inHand.settle] : []), ...(tells ? [tell] : [])]
    // Whose fault it is if something fails now; undefined: that of the call that is to be claimed.
    let culprit = inHand?.call
    const { heard } = line
    const behind = walk.behind()
    try {
      if (line.stop.aborted || (open && performance.now() - betweenAt > betweenMs)) {
        await send(client, [...ahead, commit])
        if (inHand) settled(line, tells)
        if (line.stop.aborted) return
        inHand = undefined
        open = false
        betweenAt = performance.now()
        continue
      }
      const claim: Step = { statement: 'claim', values: [behind] }
      const answers = await send(client, [...ahead, ...(inHand ? [commitAndChain] : []), claim])
      open = true
      if (inHand) settled(line, tells)
      inHand = culprit = undefined
      const claimed = answers.at(-1)?.text ?? null
      if (claimed !== null) {
        // The facts are what the stage's own query selects.
        const facts = JSON.parse(claimed) as Facts
        culprit = facts.id
        walk.found(facts.id)
        line.counts.claims++
        if (flowing) line.wakeAnother()
        flowing = true
        inHand = { call: facts.id, settle: await settling(stage, line, client, facts) }
      } else if (!walk.goBack()) {
        flowing = false
        // Nothing to do: no transaction stays open while the lane rests.
        const owed = line.telling.owedInMs() === 0
        await send(client, owed ? [tell, commit] : [commit])
        if (owed) line.telling.settled(true)
        open = false
        if (line.draining && !(await canMove(stage, client))) return
        await line.rest(heard)
      }
    } catch (error) {
      if (inHand && error instanceof PacketError && error.answers.length > ahead.length) {
        settled(line, tells)
        culprit = undefined
      }
      if (passes(error)) await client.query('rollback')
      else if (isNobodysFault(error)) throw error
      else await putAside(line, client, error, culprit, behind)
      inHand = undefined
      open = false
    }
  }
}

function settled(line: Line, told: boolean): void {
  line.counts.settled++
  line.telling.settled(told)
}

/** Decides a call and gives back the step that settles it. A call that waits is parked here and then. */
async function settling<Facts extends Call>(
  stage: Stage<Facts>,
  line: Line,
  client: pg.Client,
  facts: Facts,
): Promise<Step> {
  const outcome = stage.decide(facts)
  if ('found' in outcome) {
    line.log.debug({ call: facts.id }, 'call decided')
    return { statement: 'settle', values: [facts.id, ...outcome.found] }
  }
  const { problem, waits_for } = outcome
  line.log.debug({ call: facts.id, problem }, 'call waits')
  const answers = await send(client, [
    { statement: 'park', values: [facts.id, problem, waits_for] },
    commitAndChain,
    // An edit that committed while this call was being parked found nothing to heal: look once more.
    { statement: 'look_again', values: [facts.id] },
  ])
  const seenAgain = answers.at(-1)?.text ?? null
  const again = seenAgain === null ? undefined : stage.decide(JSON.parse(seenAgain) as Facts)
  const still =
    again === undefined ||
    ('problem' in again && again.problem === problem && again.waits_for.join() === waits_for.join())
  if (still) line.counts.parked++
  return still ? nothing : { statement: 'release', values: [facts.id] }
}

/** After an error nobody foresaw: the call is put aside and the next one goes ahead. */
async function putAside(
  line: Line,
  client: pg.Client,
  error: unknown,
  call: number | undefined,
  behind: number,
): Promise<void> {
  await client.query('rollback')
  const culprit = call ?? (await callWhoseClaimFails(client, behind))
  const reason = printable(error instanceof Error ? error.message : String(error)).slice(0, 500)
  if (culprit === undefined) {
    line.log.warn({ reason }, 'claim failed')
    await rest(restMs, line.stop)
    return
  }
  await send(client, [begin, { statement: 'put_aside', values: [culprit, reason] }, commit])
  line.counts.putAside++
  line.log.error({ call: culprit, reason }, 'call put aside')
}

/**
 * A claim that failed does not say at which call. The next one is locked by its id alone, so that no other lane takes it,
 * and claimed once more. Undefined when that works: another lane has met the culprit.
 */
async function callWhoseClaimFails(client: pg.Client, behind: number): Promise<number | undefined> {
  const answers = await send(client, [begin, { statement: 'next_id', values: [behind] }])
  const next = answers.at(-1)?.text ?? null
  try {
    if (next !== null) await send(client, [{ statement: 'claim', values: [Number(next) - 1] }])
    return undefined
  } catch (error) {
    if (isNobodysFault(error)) throw error
    return Number(next)
  } finally {
    await client.query('rollback')
  }
}

async function canMove(stage: Stage<never>, client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ can_move: boolean }>(canMoveQuery(stage.takes))
  return rows[0]?.can_move ?? false
}

/**
 * Where a lane is: it walks on behind the last id it took, over no dead index entries. Calls that were committed behind it,
 * because transactions do not commit in the order of their ids, are near: when it finds nothing, or wakes, it starts a
 * little way behind the furthest call of its process. From the front it starts now and then, and when told that calls were
 * released. While somebody holds an old snapshot open, the way from the front leads over every call settled since, so what
 * it costs says how often it is gone.
 */
function createWalk(line: Line) {
  let last = 0
  let from: 'front' | 'near' | 'last' = 'front'
  let releases = line.released
  // What had been heard when the last search began that was not from the last call: what is near was told of since.
  let heardBefore = -1
  let [startedAt, costMs] = [performance.now(), 0]
  return {
    behind(): number {
      const sinceMs = performance.now() - startedAt
      const isDue = sinceMs > Math.max(fromFrontMs, costMs * fromFrontShare)
      const isTold = releases !== line.released && sinceMs > Math.min(costMs * fromFrontShare, fromFrontMs)
      if (isDue || isTold) from = 'front'
      if (from === 'last') return last
      heardBefore = line.heard
      if (from === 'near') return Math.max(0, line.furthest - near)
      releases = line.released
      // What is to be measured is this search, not the rest before it.
      startedAt = performance.now()
      return 0
    },
    found(id: number): void {
      if (from === 'front') costMs = performance.now() - startedAt
      from = 'last'
      last = id
      line.furthest = Math.max(line.furthest, id)
    },
    /** Nothing was found: the next search starts further back. Gives back whether it is due at once. */
    goBack(): boolean {
      const isDue = from === 'last' && (line.draining || line.heard !== heardBefore)
      from = line.draining ? 'front' : 'near'
      return isDue
    },
  }
}
