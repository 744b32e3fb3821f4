// What a call costs: CPU in Node and in PostgreSQL, bytes of WAL, memory and connections of each process.

import { pause } from '../../shared/program/pause.ts'
import {
  cpuMicros,
  memoryOf,
  reached,
  serverProcesses,
  stages,
  statusAfter,
  stopAll,
  waitingAt,
} from './ground.ts'
import type { Ground } from './ground.ts'
import type { Part } from './report.ts'

const never = new AbortController().signal

export async function benchCost(ground: Ground): Promise<Part> {
  const [calls, seconds] = ground.quick ? [40_000, 8] : [200_000, 30]
  const rows: string[][] = []
  for (const stage of stages) {
    const yard = await ground.copyOf(await waitingAt(ground, stage, calls))
    const program = yard.start(`stages/${stage}.ts`, 4)
    await pause(3_000, never)
    const servers = await serverProcesses(yard.db)
    const moved = reached(yard.db, statusAfter[stage], calls)
    const look = async (): Promise<Look> => {
      const { rows: found } = await yard.db.query<{ bytes: string; connections: number }>(
        `select pg_current_wal_insert_lsn() - '0/0' as bytes,
          (select count(*) from pg_stat_activity where usename = 'bench_stage') as connections`,
      )
      const [row] = found
      return {
        moved: await moved(),
        bytes: Number(row?.bytes),
        connections: Number(row?.connections),
        node: cpuMicros(program.pid),
        server: servers.reduce((sum, pid) => sum + cpuMicros(pid), 0),
      }
    }
    const before = await look()
    await pause(seconds * 1_000, never)
    const after = await look()
    const memory = memoryOf(program.pid)
    await stopAll([program])
    await ground.clear()
    const perCall = (of: 'bytes' | 'node' | 'server'): string =>
      ((after[of] - before[of]) / (after.moved - before.moved)).toFixed(0)
    rows.push([
      stage,
      perCall('node'),
      perCall('server'),
      perCall('bytes'),
      memory.toFixed(0),
      String(after.connections),
    ])
    ground.say(`cost: ${rows.at(-1)?.slice(0, 4).join(' | ') ?? ''}`)
  }
  return {
    title: 'cost: what a call takes',
    how: `Each stage alone, one process, LANES=4, for ${seconds} s in the midst of ${calls.toLocaleString('en')} calls; PostgreSQL with its writers and autovacuum.`,
    columns: ['stage', 'Node µs/call', 'PostgreSQL µs/call', 'WAL bytes/call', 'memory MB', 'connections'],
    rows,
  }
}

interface Look {
  moved: number
  bytes: number
  connections: number
  node: number
  server: number
}
