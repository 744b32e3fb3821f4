// Starts programs of the project as real processes.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { inject } from 'vitest'

import { stages } from '../../ecosystem.config.js'
import { asStage } from './servers.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Started {
  program: string
  child: ChildProcess
  /** All it has written to standard output so far. */
  output: () => string
  ended: Promise<Ended>
}

/** `program` is a path from the root of the project, e.g. stages/client.ts. */
export function start(program: string, args: string[] = [], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [...asStarted(program), ...args], {
    cwd: root,
    env: { ...process.env, ...env, ...asItsUser(program, env['DATABASE_URL']) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr })
    })
  })
  return { program, child, output: () => stdout, ended }
}

// It starts others from their sources.
const startsOthers = 'stages/start.ts'

/** A program as JavaScript, or from its source. */
function asStarted(program: string): string[] {
  return program === startsOthers
    ? ['--import', 'tsx', program]
    : [join(inject('compiled'), program.replace(/\.ts$/, '.js'))]
}

// The programs that take calls run as what they are; those for people as who may do everything.
const programs = stages.filter((name) => name !== 'web').map((name) => `stages/${name}.ts`)

function asItsUser(program: string, databaseUrl: string | undefined): Record<string, string> {
  if (databaseUrl === undefined || !programs.includes(program)) return {}
  return { DATABASE_URL: asStage(databaseUrl, inject('serverUrl')) }
}

/** Of a program that is to be on a host of this name, as far as it can tell. */
export function onHost(name: string): Record<string, string> {
  const named = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module'; os.hostname = () => '${name}'; syncBuiltinESMExports()`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(named)}` }
}

/** Runs a program to its end. */
export function run(program: string, args: string[] = [], env: Record<string, string> = {}): Promise<Ended> {
  return start(program, args, env).ended
}

/** Until a program answers on its port. */
export async function untilHealthy(port: number): Promise<void> {
  for (
    const until = Date.now() + 30_000;
    Date.now() < until;
    await new Promise((resolve) => setTimeout(resolve, 50))
  ) {
    const status = await fetch(`http://127.0.0.1:${port}/health`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
  }
  throw new Error(`Nobody answers on port ${port}.`)
}
