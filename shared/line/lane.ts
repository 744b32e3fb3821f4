// A lane: one connection, one call at a time. Settle the call in hand, commit, claim the next: one round trip.
// The row lock is the claim; a lane that dies gives its call back by dying.

import type pg from 'pg'

import { connect, disconnect } from '../database/connect.ts'
import { PacketError, prepare, send } from '../database/packet.ts'
import type { Step } from '../database/packet.ts'
import { isNobodysFault, isProgramsFault, passes } from '../errors/whose-fault.ts'
import { pause } from '../program/pause.ts'
import { canMoveQuery } from './claim.ts'
import { begin, commit, commitAndChain, nothing, settingsQuery, queriesOf, tell } from './lane-queries.ts'
import type { Line } from './line-state.ts'
import type { Telling } from './notify-next.ts'
import { putAside } from './put-aside.ts'
import type { Call, Stage } from './stage.ts'
import { createWalk } from './walk.ts'

// A session tells the server what it has changed, and so autovacuum, only between transactions, at most once a second.
const betweenMs = 2_000
const restMs = 250
const restMostMs = 2_000

/** Keys of what a call has to do with. */
type Touches = () => readonly string[]
const none: Touches = () => []

/** Takes calls until the line stops or, when draining, until none is left. Reconnects for as long as it takes. */
export async function runLane<Facts extends Call>(stage: Stage<Facts>, line: Line): Promise<void> {
  let failures = 0
  while (!line.stop.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect(line.databaseUrl, stage.name)
      // From now on, before the first question: a server may vanish at any moment.
      line.connected(client)
      await client.query(`-- settings of a lane\n${settingsQuery}`)
      await prepare(client, queriesOf(stage))
      await takeCalls(stage, line, client, (written) => {
        failures = 0
        line.away.answered(written)
      })
      return
    } catch (error) {
      if (isProgramsFault(error)) throw error
      line.away.lost(error)
      await pause(Math.min(restMs * 2 ** failures++, restMostMs), line.stop)
    } finally {
      await disconnect(client)
    }
  }
}

async function takeCalls<Facts extends Call>(
  stage: Stage<Facts>,
  line: Line,
  client: pg.Client,
  answered: (written: boolean) => void,
): Promise<void> {
  const walk = createWalk(line)
  let open = false
  let betweenAt = performance.now()
  // The call in hand is decided; this settles it, together with the next claim.
  let inHand: { call: number; settle: Step; touches: Touches; farBehind: boolean } | undefined

  // The claim before this one found a call as well.
  let flowing = false
  // What had been heard when nothing was found the last time.
  let heardInVain = line.heard

  for (;;) {
    const telling =
      inHand && line.notifyNext.isDue(line.isBusy()) ? line.notifyNext.telling(inHand.farBehind) : undefined
    const ahead = [
      ...(open ? [] : [begin]),
      ...(inHand ? [inHand.settle] : []),
      ...(telling ? [tell(telling)] : []),
    ]
    // Whose fault it is if something fails now; undefined: that of the call that is to be claimed.
    let culprit = inHand?.call
    let touches: Touches = inHand?.touches ?? none
    const { heard } = line
    const behind = walk.behind()
    try {
      if (line.stop.aborted || (open && performance.now() - betweenAt > betweenMs)) {
        await send(client, [...ahead, commit])
        if (inHand) settled(line, telling, answered, inHand.farBehind)
        if (line.stop.aborted) return
        inHand = undefined
        open = false
        betweenAt = performance.now()
        continue
      }
      const claim: Step = { query: 'claim', values: [behind] }
      const answers = await send(client, [...ahead, ...(inHand ? [commitAndChain] : []), claim])
      open = true
      if (inHand) settled(line, telling, answered, inHand.farBehind)
      inHand = culprit = undefined
      const claimed = answers.at(-1)?.text ?? null
      if (claimed !== null) {
        // The facts are what the stage's own query selects.
        const facts = JSON.parse(claimed) as Facts
        culprit = facts.id
        touches = () => stage.touches?.(facts) ?? []
        const farBehind = walk.found(facts.id)
        line.counts.claims++
        if (flowing) line.wakeAnother()
        flowing = true
        inHand = { call: facts.id, settle: await settling(stage, line, client, facts), touches, farBehind }
      } else if (!walk.goBack()) {
        flowing = false
        // Nothing to do: no transaction stays open while the lane rests.
        const owed = line.notifyNext.owedInMs() === 0 ? line.notifyNext.telling() : undefined
        await send(client, owed ? [tell(owed), commit] : [commit])
        owed?.told()
        answered(false)
        open = false
        if (line.draining && !(await canMove(stage, client))) return
        const inVain = heard !== heardInVain
        heardInVain = heard
        await line.rest(heard, inVain)
      }
    } catch (error) {
      if (inHand && error instanceof PacketError && error.answers.length > ahead.length) {
        settled(line, telling, answered, inHand.farBehind)
        culprit = undefined
      }
      if (passes(error)) await client.query('rollback')
      else if (isNobodysFault(error)) throw error
      else await putAside(line, client, error, culprit, behind, touches())
      inHand = undefined
      open = false
    }
  }
}

function settled(
  line: Line,
  telling: Telling | undefined,
  answered: (written: boolean) => void,
  farBehind: boolean,
): void {
  answered(true)
  line.counts.settled++
  if (telling) telling.told()
  else line.notifyNext.settled(farBehind)
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
    return { query: 'settle', values: [facts.id, ...outcome.found] }
  }
  const { problem, waits_for } = outcome
  line.log.debug({ call: facts.id, problem }, 'call waits')
  const answers = await send(client, [
    { query: 'park', values: [facts.id, problem, waits_for] },
    commitAndChain,
    // An edit that committed while this call was being parked found nothing to heal: look once more.
    { query: 'look_again', values: [facts.id] },
  ])
  const seenAgain = answers.at(-1)?.text ?? null
  const again = seenAgain === null ? undefined : stage.decide(JSON.parse(seenAgain) as Facts)
  const still =
    again === undefined ||
    ('problem' in again && again.problem === problem && again.waits_for.join() === waits_for.join())
  if (still) line.counts.parked++
  return still ? nothing : { query: 'release', values: [facts.id] }
}

async function canMove(stage: Stage<never>, client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ can_move: boolean }>(canMoveQuery(stage.takes))
  return rows[0]?.can_move ?? false
}
