// The stages as an operator runs them: processes of their own, which know the database and nothing of each other.

import { createChildren } from '../shared/embedded/children.ts'
import { Complaint } from '../shared/errors/complaint.ts'

// A stage finishes the call in hand and leaves; one that does not is ended.
const patienceMs = 5_000

export interface Crew {
  /** Starts a stage that goes on until the crew stops. */
  start: (stage: string, env?: Record<string, string>) => void
  /** Runs a stage; resolves when it has come to its end. */
  run: (stage: string, args: string[], env: Record<string, string>) => Promise<void>
  /** Rejects when a stage ends that should go on, or not with 0; never resolves. */
  failed: Promise<never>
  /** Ends all of them. */
  stop: () => Promise<void>
}

export function createCrew(databaseUrl: string): Crew {
  const children = createChildren({ patienceMs, detached: false })
  let fail: (error: Complaint) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // Whoever waits hears of it; nobody may be waiting at that moment.
  failed.catch(() => undefined)

  function launch(stage: string, args: string[], env: Record<string, string>, atEnd: () => void): void {
    if (children.isStopping()) return
    const child = children.launch(`stages/${stage}.ts`, args, {
      ...{ LOG_LEVEL: 'warn', LANES: '4', ...env },
      DATABASE_URL: databaseUrl,
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
    }
    child.once('error', (error) => {
      fail(new Complaint(`The stage ${stage} cannot be started: ${error.message}`))
    })
    child.once('close', (code, signal) => {
      if (code === 0) atEnd()
      else fail(new Complaint(`The stage ${stage} ended with ${signal ?? `code ${code}`}: ${reasonIn(said)}`))
    })
  }

  return {
    failed,
    start(stage, env = {}) {
      launch(stage, [], env, () => {
        fail(new Complaint(`The stage ${stage} stopped by itself.`))
      })
    },
    run: (stage, args, env) =>
      new Promise((resolve) => {
        launch(stage, args, env, resolve)
      }),
    stop: children.stop,
  }
}

/** The line that names an error, else the last one. */
function reasonIn(said: string): string {
  const lines = said.trim().split('\n')
  return lines.find((line) => /error/i.test(line))?.trim() ?? lines.at(-1) ?? ''
}
