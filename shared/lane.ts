// A lane: one connection, one call at a time. Settle the call in hand, commit, claim the next: one round trip.
// The row lock is the claim; a lane that dies gives its call back by dying.

import type pg from 'pg'

import { nextCall, nextIdQuery, canMoveQuery, parkedCall, parkQuery, putAsideQuery } from './calls.ts'
import { connect, disconnect } from './database.ts'
import { isNobodysFault, printable } from './faults.ts'
import type { Line } from './line.ts'
import { PacketError, prepare, send } from './packet.ts'
import type { Step } from './packet.ts'
import { rest } from './rest.ts'
import type { Call, Outcome, Stage } from './stage.ts'

// A lane walks on behind the last id it took, over no dead index entries, and starts from the front again now and
// then, so that calls released or committed behind it are seen.
const fromFrontMs = 1_000
const restMs = 250
const restMostMs = 2_000

const sessionSettings = `-- settings of a lane
set plan_cache_mode = force_generic_plan;
set enable_seqscan = off;
set jit = off;
set synchronous_commit = off;
set lock_timeout = '2s';
set idle_in_transaction_session_timeout = '20s'`

const begin: Step = { statement: 'begin', values: [] }
const commit: Step = { statement: 'commit', values: [] }
const commitAndChain: Step = { statement: 'commit_and_chain', values: [] }

/** Takes calls until the line stops or, when draining, until none is left. Reconnects for as long as it takes. */
export async function runLane<Facts extends Call>(stage: Stage<Facts>, line: Line): Promise<void> {
  let failures = 0
  while (!line.stop.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(line.databaseUrl, stage.name)
      await client.query(sessionSettings)
      await prepare(client, statementsOf(stage))
      line.connected()
      failures = 0
      await takeCalls(stage, line, client)
      return
    } catch (error) {
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
    commit: 'commit',
    rollback: 'rollback',
    commit_and_chain: 'commit and chain',
    claim: claim('claim a call with its candidates', nextCall(stage.takes)),
    look_again: claim('look once more at a call just parked', parkedCall(stage.takes)),
    settle: stage.settle,
    park: parkQuery,
    put_aside: putAsideQuery(stage.takes),
    next_id: nextIdQuery(stage.takes),
  }
}

/** The statements of a stage as a lane prepares them, for tests that explain them. */
export const claimStatement = (stage: Stage<never>): string => statementsOf(stage)['claim'] ?? ''

async function takeCalls<Facts extends Call>(stage: Stage<Facts>, line: Line, client: pg.Client): Promise<void> {
  let last = 0
  let front = line.released
  let fromFrontAt = performance.now()
  let open = false
  // What is decided about the call in hand but not yet settled, and a call parked a moment ago.
  let hand: { id: number; outcome: Outcome; again: boolean } | undefined
  let parked: number | undefined

  for (;;) {
    const stopping = line.stop.aborted
    if (front !== line.released || performance.now() - fromFrontAt > fromFrontMs) {
      front = line.released
      fromFrontAt = performance.now()
      last = 0
    }
    const steps: Step[] = []
    if (!open) steps.push(begin)
    const settled = hand && settleStep(hand)
    // A call that waits is looked at once more in a new transaction, unless that has just been done.
    if (settled) parked = hand && 'problem' in hand.outcome && !hand.again ? hand.id : undefined
    if (settled) steps.push(settled, stopping && parked === undefined ? commit : commitAndChain)
    const again = parked !== undefined
    if (again) steps.push({ statement: 'look_again', values: [parked] })
    else if (!stopping) steps.push({ statement: 'claim', values: [last] })
    else if (!settled) steps.push(commit)

    let answer: string | null
    try {
      const answers = await send(client, steps)
      answer = again || !stopping ? (answers.at(-1)?.text ?? null) : null
    } catch (error) {
      const done = error instanceof PacketError ? error.answers.length : 0
      const cause = error instanceof PacketError ? error.cause : error
      const settleDone = settled !== undefined && done >= steps.indexOf(settled) + 2
      if (settleDone && hand) line.settled(hand.outcome)
      const culprit = settleDone || !settled ? undefined : hand?.id
      await surprise(stage, line, client, cause, culprit, again ? parked : last)
      open = false
      hand = parked = undefined
      continue
    }
    open = true
    if (settled && hand) line.settled(hand.outcome)
    hand = parked = undefined
    if (stopping && !again) return

    if (answer !== null) {
      // The facts are what the stage's own query selects; its test of decide and query keeps them together.
      const facts = JSON.parse(answer) as Facts
      if (!again) {
        last = facts.id
        line.found()
      }
      try {
        const outcome = stage.decide(facts)
        // A second look that finds the same as the first writes nothing.
        if (!again || 'found' in outcome) hand = { id: facts.id, outcome, again }
        line.log.debug({ call: facts.id, ...('problem' in outcome ? { problem: outcome.problem } : {}) }, 'call decided')
      } catch (error) {
        await surprise(stage, line, client, error, facts.id, last)
        open = false
      }
      continue
    }
    if (again) continue
    if (last > 0) {
      last = 0
      fromFrontAt = performance.now()
      continue
    }
    // Nothing to do: no transaction stays open while the lane rests.
    await send(client, [commit])
    open = false
    if (line.draining) {
      const { rows } = await client.query<{ can_move: boolean }>(canMoveQuery(stage.takes))
      if (!rows[0]?.can_move) return
    }
    await line.rest()
  }
}

function settleStep({ id, outcome }: { id: number; outcome: Outcome }): Step {
  if ('found' in outcome) return { statement: 'settle', values: [id, ...outcome.found] }
  return { statement: 'park', values: [id, outcome.problem, outcome.waits_for] }
}

/**
 * Something nobody foresaw. What is the connection's or the server's fault is thrown, and the lane starts over;
 * otherwise the call is put aside. Where the claim itself failed, the first call that can be locked is to blame.
 */
async function surprise(
  stage: Stage<never>,
  line: Line,
  client: pg.Client,
  error: unknown,
  call: number | undefined,
  last: number | undefined,
): Promise<void> {
  if (isNobodysFault(error)) throw error
  await client.query('rollback')
  await send(client, [begin])
  let culprit = call
  if (culprit === undefined) {
    const [found] = await send(client, [{ statement: 'next_id', values: [last ?? 0] }])
    culprit = found?.text === null || found === undefined ? undefined : Number(found.text)
  }
  const reason = printable(error instanceof Error ? error.message : String(error)).slice(0, 500)
  if (culprit !== undefined) await send(client, [{ statement: 'put_aside', values: [culprit, reason] }])
  await send(client, [commit])
  line.log.error({ call: culprit, reason }, 'call put aside')
  if (culprit === undefined) throw error
}
