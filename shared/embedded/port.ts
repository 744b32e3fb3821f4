// Ports for servers that live as long as a demo or a test.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below what systems give to connections that dial out (32768 on Linux, 49152 elsewhere): such a port, free when asked for, may be the
// near end of somebody's connection a moment later.
const [lowest, highest] = [12_000, 32_700] as const

/** The first of `count` ports of the loopback interface in a row that nothing listens on. */
export async function freePort(count = 1): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const first = randomInt(lowest, highest - count)
    const row = Array.from({ length: count }, (_, n) => isFree(first + n))
    if ((await Promise.all(row)).every(Boolean)) return first
  }
  throw new Error(
    `No free port between ${lowest} and ${highest} on 127.0.0.1: end what listens there, and start again.`,
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => {
      resolve(false)
    })
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true)
      })
    })
  })
}
