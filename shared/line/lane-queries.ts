// What a lane prepares and sends: its settings, its statements by name, and the steps that need no values.

import type { Step } from '../database/packet.ts'
import { nextCall, nextIdQuery, parkedCall, parkQuery, putAsideQuery, releaseQuery } from './claim.ts'
import type { Telling } from './notify-next.ts'
import type { Stage } from './stage.ts'

/** What a lane sets for its session; the benchmark gives the same to what it compares with. */
export const laneSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_memoize: 'off',
  jit: 'off',
  synchronous_commit: 'off',
  lock_timeout: '2s',
  // Whatever the server has set for others: no query of a lane takes so long.
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '20s',
}
export const settingsQuery = Object.entries(laneSettings)
  .map(([name, value]) => `set ${name} = '${value}';`)
  .join('\n')
export const begin: Step = { query: 'begin', values: [] }
export const commit: Step = { query: 'commit', values: [] }
export const commitAndChain: Step = { query: 'commit_and_chain', values: [] }
/** Tells the next stage. */
export const tell = ({ words }: Telling): Step => ({ query: 'tell', values: [words] })
// Settles a call that stays parked.
export const nothing: Step = { query: 'nothing', values: [] }

/** The queries of a stage under the names by which a lane binds them. */
export function queriesOf(stage: Stage<never>): Record<string, string> {
  const claim = (purpose: string, call: string): string =>
    `-- ${stage.name}: ${purpose}\nwith ${call},\nfacts as (\n${stage.facts}\n)\nselect row_to_json(facts) from facts`
  return {
    begin: 'begin',
    nothing: 'select where false',
    commit: 'commit',
    rollback: 'rollback',
    commit_and_chain: 'commit and chain',
    tell: `-- tell the next stage that there are calls\nselect pg_notify('paidcalls ${stage.leaves}', $1)`,
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
export const claimQuery = (stage: Stage<never>): string => queriesOf(stage)['claim'] ?? ''
