// How far the calls have come, while the stages work: bars on a terminal, a line now and then anywhere else.

import { MultiBar } from 'cli-progress'

import type { Database } from '../shared/database/connect.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { pause, stopped } from '../shared/program/pause.ts'
import { grouped } from '../shared/text/number.ts'

const lookMs = 400
const lineMs = 5_000
// Calls move every few milliseconds; when none has for so long, none will.
const stillMs = 30_000

const stages = ['import', 'client', 'destination', 'tariff'] as const
type Stage = (typeof stages)[number]
/** Calls each stage has dealt with, those included that wait there or waited before. */
type Done = Record<Stage, number> & { moving: number }

const howFar = `-- demo: how far have the calls come?
select count(*) as import,
  count(*) filter (where status > 'new record' or problem is not null) as client,
  count(*) filter (where status > 'client defined' or problem is not null) as destination,
  count(*) filter (where status = 'tarif defined' or problem is not null) as tariff,
  count(*) filter (where status < 'tarif defined' and problem is null) as moving
from paidcalls`

/**
 * Shows how `total` calls come along until `imported` resolves and none can move any more.
 * Throws a Complaint when they stand still before, and when `stop` aborts.
 */
export async function watch(
  db: Database,
  total: number,
  imported: Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const read = new AbortController()
  void imported.then(() => {
    read.abort()
  })
  const display = process.stdout.isTTY ? createBars(total) : createLines(total)
  let before = ''
  let movedAt = Date.now()
  try {
    while (!stop.aborted) {
      // Asked first: what was imported before the count is in it.
      const complete = stopped(read.signal)
      const { rows } = await db.query<Done>(howFar)
      const [done] = rows
      if (!done) throw new Error('A count has one row.')
      display.show(done)
      if (complete && done.moving === 0) return
      if (JSON.stringify(done) !== before) movedAt = Date.now()
      before = JSON.stringify(done)
      if (Date.now() - movedAt > stillMs) {
        throw new Complaint(`${grouped(done.moving)} calls have not moved for ${stillMs / 1_000} seconds.`)
      }
      await pause(lookMs, stop)
    }
    stop.throwIfAborted()
  } finally {
    display.stop()
  }
}

interface Display {
  show: (done: Done) => void
  stop: () => void
}

function createBars(total: number): Display {
  const bars = new MultiBar({
    format: '  {stage} {bar} {percentage} % | {value} of {total} calls',
    barsize: 40,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  })
  const width = Math.max(...stages.map((stage) => stage.length))
  const byStage = stages.map((stage) => ({
    stage,
    bar: bars.create(total, 0, { stage: stage.padEnd(width) }),
  }))
  return {
    show(done) {
      for (const { stage, bar } of byStage) bar.update(done[stage])
    },
    stop() {
      bars.update()
      bars.stop()
    },
  }
}

function createLines(total: number): Display {
  let latest = ''
  let saidAt = Date.now()
  const say = (): void => {
    if (latest !== '') process.stdout.write(latest)
    latest = ''
    saidAt = Date.now()
  }
  return {
    show(done) {
      latest = `  of ${grouped(total)} calls: ${stages.map((stage) => `${stage} ${grouped(done[stage])}`).join(', ')}\n`
      if (Date.now() - saidAt > lineMs) say()
    },
    stop: say,
  }
}
