// Questions over FastAGI, Asterisk's own: AGI(agi://host:4573/authorize,<source>,<trunk channel>). Caller, dialled number, account code and
// channel are those of the channel; what is answered are variables of it.

import { BlockList, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

import type { Answer, Question } from '../accounts/question.ts'
import type { AuthorizeConfig } from '../program/authorize-config.ts'
import type { Log } from '../program/log.ts'
import type { Answering } from './answer.ts'

// Asterisk sends some thirty short lines, at once.
const [linesMost, lengthMost, silentMs] = [200, 16 * 1024, 10_000]
const connectionsMost = 2_000

export interface AgiSettings {
  answering: Answering
  from: AuthorizeConfig['agiFrom']
  log: Log
}

/** A server that does not listen yet. Who is in none of the networks is closed at once, and counted. */
export function createAgi({ answering, from, log }: AgiSettings): Server {
  const known = new BlockList()
  for (const { address, prefix } of from)
    known.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4')
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d)/, '')
    if (!known.check(address, address.includes(':') ? 'ipv6' : 'ipv4')) {
      answering.counts.strangers++
      socket.destroy()
      return
    }
    socket.setNoDelay(true)
    socket.setTimeout(silentMs, () => socket.destroy())
    talk(socket, answering).catch((error: unknown) => {
      log.debug({ reason: error instanceof Error ? error.message : 'unknown' }, 'an exchange hung up')
      socket.destroy()
    })
  })
  server.maxConnections = connectionsMost
  return server
}

async function talk(socket: Socket, answering: Answering): Promise<void> {
  const lines = linesOf(socket)
  const said = new Map<string, string>()
  for (let line = await next(lines); line !== ''; line = await next(lines)) {
    const [, name, value] = /^agi_(\w+): ?(.*)$/.exec(line) ?? []
    if (name !== undefined) said.set(name, value ?? '')
    if (said.size > linesMost) throw new Error('too many lines')
  }
  if (said.get('network_script') === undefined) throw new Error('no AGI')
  for (const [name, value] of variablesOf(await answering.answer(questionOf(said)))) {
    socket.write(`SET VARIABLE ${name} "${value.replace(/["\\\r\n]/g, ' ')}"\n`)
    if (!(await next(lines)).startsWith('200')) break
  }
  socket.end()
}

function questionOf(said: ReadonlyMap<string, string>): Question {
  const value = (name: string): string => {
    const given = (said.get(name) ?? '').slice(0, 200)
    return given === 'unknown' ? '' : given
  }
  const dialled =
    value('dnid') === '' || /^[\d*#+]/.test(value('extension')) ? value('extension') : value('dnid')
  return {
    source: value('arg_1'),
    caller: value('callerid'),
    dialled,
    accountcode: value('accountcode'),
    channel: value('channel'),
    dstchannel: value('arg_2'),
    call_ref: value('arg_3') || value('uniqueid'),
  }
}

/** PAIDCALLS_SECONDS and _MS are empty where there is no limit. */
function variablesOf({ allowed, seconds, reason, code, reservation }: Answer): [string, string][] {
  return [
    ['PAIDCALLS_ALLOWED', allowed ? '1' : '0'],
    ['PAIDCALLS_SECONDS', seconds === null ? '' : String(seconds)],
    ['PAIDCALLS_MS', seconds === null ? '' : String(seconds * 1_000)],
    ['PAIDCALLS_REASON', reason],
    ['PAIDCALLS_CODE', code],
    ['PAIDCALLS_RESERVATION', reservation ?? ''],
  ]
}

async function next(lines: AsyncGenerator<string, undefined>): Promise<string> {
  const line = await lines.next()
  if (line.done === true) throw new Error('it hung up')
  return line.value
}

/** Lines as they come, however the packets cut them; throws when there is too much. */
async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let [rest, length] = ['', 0]
  socket.setEncoding('utf8')
  for await (const chunk of socket as AsyncIterable<string>) {
    length += chunk.length
    if (length > lengthMost) throw new Error('too much')
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) yield line.replace(/\r$/, '')
  }
  return undefined
}
