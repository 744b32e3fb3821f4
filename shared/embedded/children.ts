// Programs of ours as child processes, which end with the process that started them.

import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export type Child = ChildProcessByStdio<null, Readable, Readable>

export interface Children {
  launch: (program: string, args: readonly string[], env: NodeJS.ProcessEnv) => Child
  /** Whether they are being ended. */
  isStopping: () => boolean
  /** Ends all of them: with a signal, and those that do not leave within the patience without one. */
  stop: () => Promise<void>
}

/** `detached`: a signal of the terminal is for the process that looks after them. */
export function createChildren({
  patienceMs,
  detached,
}: {
  patienceMs: number
  detached: boolean
}): Children {
  const working = new Map<Child, Promise<void>>()
  let stopping = false
  const killAll = (): void => {
    for (const child of working.keys()) child.kill('SIGKILL')
  }
  process.on('exit', killAll)
  return {
    launch(program, args, env) {
      const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
        cwd: root,
        env: { ...process.env, ...env },
        detached,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const gone = (resolve: () => void) => (): void => {
        working.delete(child)
        resolve()
      }
      working.set(
        child,
        new Promise((resolve) => {
          child.once('close', gone(resolve))
          child.once('error', gone(resolve))
        }),
      )
      return child
    },
    isStopping: () => stopping,
    async stop() {
      stopping = true
      const children = [...working]
      for (const [child] of children) child.kill('SIGTERM')
      const late = setTimeout(killAll, patienceMs)
      await Promise.all(children.map(([, ended]) => ended))
      clearTimeout(late)
      process.off('exit', killAll)
    },
  }
}
