// A pooler as pgbouncer is one with pool_mode = transaction: after each transaction a session goes to whoever asks next.

import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface Pooler {
  url: string
  stop: () => Promise<void>
}

const [sslRequest, keyData, ready] = [80_877_103, 'K'.charCodeAt(0), 'Z'.charCodeAt(0)]
const idle = 'I'.charCodeAt(0)

/** `sharing` false: each client keeps its session, as with pool_mode = session. */
export async function startPooler(serverUrl: string, sharing: boolean): Promise<Pooler> {
  const { hostname, port } = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const free: Socket[] = []
  const waiting: (() => void)[] = []

  const listener = createServer((client) => {
    sockets.add(client)
    let behind: Socket | undefined
    let held: Buffer[] = []
    let begun = false
    /** Hands messages of the server on; gives its session away at the end of a transaction. */
    const serve = (server: Socket): void => {
      behind = server
      let unread = Buffer.alloc(0)
      server.removeAllListeners('data').on('data', (chunk: Buffer) => {
        unread = Buffer.concat([unread, chunk])
        while (unread.length >= 5 && unread.length >= 1 + unread.readUInt32BE(1)) {
          const message = Buffer.from(unread.subarray(0, 1 + unread.readUInt32BE(1)))
          unread = unread.subarray(message.length)
          // A key of the pooler's own.
          if (message[0] === keyData) message.writeInt32BE(1, 5)
          client.write(message)
          if (sharing && message[0] === ready && message[5] === idle) {
            behind = undefined
            free.push(server)
            waiting.shift()?.()
          }
        }
      })
      for (const chunk of held) server.write(chunk)
      held = []
    }
    client.on('data', (chunk: Buffer) => {
      if (!begun && chunk.length === 8 && chunk.readInt32BE(4) === sslRequest) {
        client.write('N')
        return
      }
      if (behind) {
        behind.write(chunk)
        return
      }
      held.push(chunk)
      if (begun) {
        const take = (): void => {
          const session = free.pop()
          if (session) serve(session)
          else waiting.push(take)
        }
        if (held.length === 1) take()
        return
      }
      begun = true
      const server = connect(Number(port), hostname)
      sockets.add(server)
      server.on('error', () => client.destroy())
      serve(server)
    })
    client.on('error', () => undefined)
    client.on('close', () => behind?.destroy())
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  // A server that listens has an address.
  url.port = String((listener.address() as AddressInfo).port)
  return {
    url: url.href,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
