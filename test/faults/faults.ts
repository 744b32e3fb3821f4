// Lets one fault after another happen to servers and processes of its own while calls flow, and says what that did.
//   npm run faults -- --calls 20000 --faults 60 --seed 7 [--only "disk full"]
// The same seed repeats the same faults. Ends with 1 when a call is lost, doubled or wrong, or work stood still for too long.

import { cpus } from 'node:os'
import { parseArgs } from 'node:util'

import { Complaint } from '../../shared/errors/complaint.ts'
import { readWhole } from '../../shared/program/arguments.ts'
import { runProgram } from '../../shared/program/program.ts'
import { kinds } from './kinds.ts'
import { failuresOf, tableOf } from './report.ts'
import { runFaults } from './suite.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

runProgram(import.meta.url, 'faults', async (stop) => {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '20000' },
      faults: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      only: { type: 'string', default: '' },
    },
  })
  const wanted = {
    calls: readWhole('--calls', values.calls),
    faults: readWhole('--faults', values.faults),
    seed: readWhole('--seed', values.seed),
    kinds: kinds.filter(({ name }) => name.includes(values.only)),
    stop,
  }
  if (wanted.kinds.length === 0)
    throw new Complaint(`--only is part of one of: ${kinds.map(({ name }) => name).join('; ')}.`)
  say(`${wanted.calls} calls, ${wanted.faults} faults, seed ${wanted.seed}, ${cpus().length} processors`)
  const outcome = await runFaults(wanted, say)
  say(`\n${tableOf(outcome)}`)
  const failures = failuresOf(outcome)
  const rate = Math.round(wanted.calls / outcome.seconds)
  say(`\n${outcome.calls} calls in ${Math.round(outcome.seconds)} s, ${rate} a second.`)
  say(`${outcome.questions.answered} of ${outcome.questions.asked} questions before calls were answered.`)
  for (const failure of failures) say(failure)
  if (failures.length === 0)
    say(
      'Every call priced once; every sum and balance is the one meant; no question was left without an answer; nothing stood still for too long.',
    )
  process.exitCode = failures.length === 0 ? 0 : 1
})
