// A wire between a program and the server that counts what is asked on it, can be cut, and can fall silent.

import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface Proxy {
  url: string
  /** How often a connection of this name asked the server and waited: packets that end with Sync, and simple queries. */
  asked: (applicationName: string) => number
  /** From now on nothing passes on the connections there are, and nobody is told: as if a host had lost its power. */
  hush: () => void
  /** Falls silent, once, as soon as connections of this name have asked so often: the last of it is not answered. */
  hushAt: (applicationName: string, asked: number) => void
  stop: () => Promise<void>
}

const sync = 'S'.charCodeAt(0)
const simpleQuery = 'Q'.charCodeAt(0)

/** `counting`: of PostgreSQL's protocol only. `port` 0: any that is free. */
export async function startProxy(serverUrl: string, counting = true, port = 0): Promise<Proxy> {
  const server = new URL(serverUrl)
  const counts = new Map<string, number>()
  const sockets = new Set<Socket>()
  const hushed = new Set<Socket>()
  let silence: { name: string; asked: number } | undefined
  const hush = (): void => {
    for (const socket of sockets) {
      socket.unpipe()
      socket.pause()
      hushed.add(socket)
    }
    sockets.clear()
  }
  const listener = createServer((program) => {
    const behind = connect(Number(server.port), server.hostname)
    for (const [socket, other] of [
      [program, behind],
      [behind, program],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        // One that was hushed tells nobody.
        if (sockets.delete(socket)) other.destroy()
      })
    }
    if (counting) {
      program.on('data', createCounter(counts))
      program.on('data', () => {
        if (!silence || (counts.get(silence.name) ?? 0) < silence.asked) return
        silence = undefined
        hush()
      })
    }
    program.pipe(behind).pipe(program)
  })
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  // A server that listens has an address.
  url.port = String((listener.address() as AddressInfo).port)
  return {
    url: url.href,
    asked: (applicationName) => counts.get(applicationName) ?? 0,
    hush,
    hushAt(name, asked) {
      silence = { name, asked }
    },
    async stop() {
      for (const socket of [...sockets, ...hushed]) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

/** Reads what a program sends: a startup message that names it, then messages of a type, a length and a body. */
function createCounter(counts: Map<string, number>): (chunk: Buffer) => void {
  let unread = Buffer.alloc(0)
  let name: string | undefined
  return (chunk) => {
    unread = Buffer.concat([unread, chunk])
    for (;;) {
      const head = name === undefined ? 0 : 1
      if (unread.length < head + 4) return
      const length = head + unread.readUInt32BE(head)
      if (unread.length < length) return
      const message = unread.subarray(0, length)
      unread = unread.subarray(length)
      if (name === undefined) {
        const words = message.subarray(8).toString().split('\0')
        name = words[words.indexOf('application_name') + 1] ?? ''
      } else if (message[0] === sync || message[0] === simpleQuery) {
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
    }
  }
}
