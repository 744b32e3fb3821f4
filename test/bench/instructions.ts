// What a call takes in instructions of the server process that serves a lane: the same in every run, however fast the machine is today.
// Counted by callgrind, which has to be installed (Debian: valgrind); without it nothing is counted.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { stages, waitingAt } from './ground.ts'
import type { Ground, Stage, Yard } from './ground.ts'
import type { Part } from './report.ts'

// What the second run takes more than the first is what so many calls more take.
const [few, many] = [200, 700]
const never = new AbortController().signal

export async function benchInstructions(ground: Ground): Promise<Part> {
  const isThere = spawnSync('valgrind', ['--version']).status === 0
  const rows = isThere ? await counted(ground) : [...stages.map((stage) => [stage, '–'])]
  return {
    title: 'instructions: what a call takes of the database, counted',
    how: `Each stage alone, LANES=1: what the server process of the lane executes for ${many} calls less what it does for ${few}, without the kernel. Counted by valgrind's callgrind${isThere ? '' : ', which is not installed here'}.`,
    columns: ['stage', 'thousands a call'],
    rows,
    isExact: true,
  }
}

async function counted(ground: Ground): Promise<string[][]> {
  const runs: { stage: Stage; calls: number; yard: Yard }[] = []
  for (const stage of stages)
    for (const calls of [few, many])
      runs.push({ stage, calls, yard: await ground.copyOf(await waitingAt(ground, stage, calls)) })
  const took: Record<string, number> = {}
  await ground.apart(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paidcalls-callgrind-'))
    chmodSync(folder, 0o777)
    const server = await startCounting(ground, folder)
    try {
      for (const { stage, calls, yard } of runs) {
        const before = new Set(readdirSync(folder))
        const program = yard.start(`stages/${stage}.ts`, 1, {}, ['--drain'])
        await new Promise((resolve) => program.once('exit', resolve))
        // Each process of the server writes its own when it ends; that of the lane is the largest.
        await pause(3_000, never)
        const counts = readdirSync(folder).filter((name) => !before.has(name))
        took[`${stage} ${calls}`] = Math.max(...counts.map((name) => instructionsIn(join(folder, name))))
        ground.say(`instructions: ${stage}, ${calls} calls`)
      }
    } finally {
      server.kill('SIGQUIT')
      await new Promise((resolve) => server.once('exit', resolve))
      rmSync(folder, { recursive: true, force: true })
      await ground.server.start()
    }
  })
  return stages.map((stage) => {
    const more = (took[`${stage} ${many}`] ?? NaN) - (took[`${stage} ${few}`] ?? NaN)
    return [stage, (more / (many - few) / 1_000).toFixed(0)]
  })
}

/** The same server as it was started, with its data, under callgrind. */
async function startCounting(ground: Ground, folder: string): Promise<ChildProcess> {
  const data = join(ground.server.folder, 'data')
  const pid = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0] ?? ''
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  await ground.server.crash()
  const { uid, gid } = statSync(data)
  const server = spawn(
    'valgrind',
    ['--tool=callgrind', '--quiet', `--callgrind-out-file=${join(folder, '%p')}`, ...command],
    { cwd: folder, uid, gid, stdio: 'ignore' },
  )
  for (let isUp = false; !isUp;) {
    if (server.exitCode !== null) throw new Error('The server does not start under valgrind.')
    await pause(1_000, never)
    isUp = await connect(ground.server.url(), 'bench')
      .then((db) => disconnect(db))
      .then(() => true)
      .catch(() => false)
  }
  return server
}

function instructionsIn(path: string): number {
  return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(path, 'latin1'))?.[1] ?? 0)
}
