// Webhooks as Standard Webhooks has them: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.

import { createHmac } from 'node:crypto'
import { lookup as resolve } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

const timeoutMs = 10_000
const answerMost = 500

/** What is sent, signed with every secret: while one is changed both hold. `at` is seconds since 1970. */
export function signatures(secrets: readonly string[], id: string, at: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
      return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`
    })
    .join(' ')
}

// Loopback, private, link-local (where clouds keep their keys), shared, documentation, multicast and reserved networks (IANA special-purpose registries).
const closed = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  closed.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  closed.addSubnet(network, prefix, 'ipv6')

/** Whether an address is one of the public internet; an IPv4 address inside an IPv6 one counts as itself. */
export function isPublic(address: string): boolean {
  const inside = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = inside ?? address
  const version = isIP(plain)
  return version !== 0 && !closed.check(plain, version === 4 ? 'ipv4' : 'ipv6')
}

class Refused extends Error {}

/** Asked when the connection is made, for the address that is connected to: a name cannot say one now and another then. */
const publicOnly: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error) {
      done(error, '', 4)
      return
    }
    const [first] = addresses
    if (!first || !addresses.every(({ address }) => isPublic(address))) {
      done(
        new Refused(`${host} is in a private network: WEBHOOK_PRIVATE=allow lets webhooks go there`),
        '',
        4,
      )
      return
    }
    if (options.all === true) done(null, addresses)
    else done(null, first.address, first.family)
  })
}

export interface Webhook {
  url: string
  id: string
  secrets: readonly string[]
  body: string
  allowsPrivate: boolean
}

/** Whether the other side took it, and what it said. Never throws; follows no redirect; waits ten seconds. */
export async function sendWebhook({
  url,
  id,
  secrets,
  body,
  allowsPrivate,
}: Webhook): Promise<{ taken: boolean; said: string }> {
  const at = Math.floor(Date.now() / 1000)
  try {
    const to = new URL(url)
    // A literal address is not looked up.
    const host = to.hostname.replace(/^\[|\]$/g, '')
    if (!allowsPrivate && isIP(host) !== 0 && !isPublic(host))
      throw new Refused(`${host} is in a private network: WEBHOOK_PRIVATE=allow lets webhooks go there`)
    const { status, said } = await post(to, {
      body,
      lookup: allowsPrivate ? undefined : publicOnly,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'paidcalls',
        'webhook-id': id,
        'webhook-timestamp': String(at),
        'webhook-signature': signatures(secrets, id, at, body),
      },
    })
    return { taken: status >= 200 && status < 300, said: `${status} ${said}`.trim() }
  } catch (error) {
    return { taken: false, said: error instanceof Error ? error.message : String(error) }
  }
}

interface Post {
  body: string
  headers: Record<string, string | number>
  lookup: LookupFunction | undefined
}

function post(to: URL, { body, headers, lookup }: Post): Promise<{ status: number; said: string }> {
  return new Promise((done, fail) => {
    const signal = AbortSignal.timeout(timeoutMs)
    signal.addEventListener('abort', () => {
      fail(new Error(`no answer within ${timeoutMs / 1000} seconds`))
    })
    const request = (to.protocol === 'http:' ? requestHttp : requestHttps)(
      to,
      { method: 'POST', headers, signal, agent: false, ...(lookup && { lookup }) },
      (answer) => {
        let said = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => {
          if (said.length < answerMost) said += part.slice(0, answerMost - said.length)
        })
        answer.on('end', () => {
          done({ status: answer.statusCode ?? 0, said: said.replace(/\s+/g, ' ') })
        })
        answer.on('error', fail)
      },
    )
    request.on('error', fail)
    request.end(body)
  })
}
