// Processes kept running as pm2 keeps them: what ends is started again, after a pause that grows while it ends at once.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { interpreterArgs } from '../../ecosystem.config.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
// As in ecosystem.config.js, and as pm2 does it.
const pauseMs = 200
const pauseGrowth = 1.5
const pauseMostMs = 15_000
const steadyMs = 30_000

// None outlives this process.
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Worker {
  stage: string
  child: () => ChildProcess
  /** How often it was started. */
  starts: () => number
  /** Ends it as pm2 does, and does not start it again. Gives back what it wrote to standard error. */
  stop: () => Promise<string>
}

export function keepRunning(stage: string, env: Record<string, string>): Worker {
  let child: ChildProcess
  let stopping = false
  let pause = pauseMs
  let restarting: NodeJS.Timeout | undefined
  let complaints = ''
  let starts = 0
  const start = (): void => {
    const startedAt = performance.now()
    starts++
    child = spawn(
      process.execPath,
      [...interpreterArgs(stage).split(' '), '--import', './test/faults/clock.ts', `stages/${stage}.ts`],
      {
        cwd: root,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2_000)))
    const started = child
    running.add(started)
    child.once('exit', () => {
      running.delete(started)
      if (stopping) return
      if (performance.now() - startedAt > steadyMs) pause = pauseMs
      restarting = setTimeout(start, pause)
      pause = Math.min(pause * pauseGrowth, pauseMostMs)
    })
  }
  start()
  return {
    stage,
    child: () => child,
    starts: () => starts,
    async stop() {
      stopping = true
      clearTimeout(restarting)
      await end(child)
      return complaints
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  // pm2's kill_timeout.
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(late)
}
