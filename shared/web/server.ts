// Pages over HTTP: forms that only our own pages can send, and headers that let nothing else in.

import { readFileSync } from 'node:fs'

import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import fastify from 'fastify'
import type { FastifyError, FastifyInstance } from 'fastify'

import { changedSec } from '../database/replica.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import type { Log } from '../program/log.ts'
import {
  changed,
  isFromElsewhere,
  languageOf,
  loginPage,
  misasked,
  ownPath,
  policyOf,
  refused,
  send,
  session,
} from './answers.ts'
import { flat } from './upload.ts'
import type { Download, Page } from './page.ts'
import { addForgotten } from './forgotten/pages.ts'
import type { Forgotten } from './forgotten/pages.ts'
import type { People } from './people.ts'
import { style } from './style.ts'
import { addDownload, addPage } from './visits.ts'

export interface Site {
  people: People
  pages: readonly Page[]
  downloads: readonly Download[]
  log: Log
  /** How many proxies are in front, the first of which speaks TLS; with one, the cookie goes over nothing else. */
  proxies: number
  /** Some pages are shown from a replica, unless who looks has just changed something. */
  hasReplica: boolean
  /** How who has forgotten a password is sent a way back; undefined: an administrator gives a new one. */
  forgotten?: Pick<Forgotten, 'mailer' | 'url'> | undefined
}

const thresholdScript = readFileSync(new URL('browser/threshold.js', import.meta.url), 'utf8')

const bodyMost = 1024 * 1024

const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}
const ofTls = { 'strict-transport-security': 'max-age=31536000' }

/** A server that does not listen yet. */
export async function createServer(site: Site): Promise<FastifyInstance> {
  const { people, pages, downloads, log, proxies, hasReplica, forgotten } = site
  const isBehindTls = proxies > 0
  const server = fastify({
    bodyLimit: bodyMost,
    // What stands in front of what our own proxies add to X-Forwarded-For, anybody can write.
    trustProxy: (_address, hop) => hop < proxies,
    forceCloseConnections: true,
    connectionTimeout: 60_000,
    // Of an address that cannot be read; no hook is asked.
    frameworkErrors: (_error, _request, reply) => {
      reply.statusCode = 400
      void send(reply.headers(headers), refused(400, 'This address cannot be read.'))
    },
    // A large file over a slow line.
    requestTimeout: 600_000,
  })
  await server.register(cookie)
  await server.register(formbody)
  await server.register(multipart)
  // Over TLS under a name that no page without it, and no other host, can set.
  const cookieName = isBehindTls ? `__Host-${session}` : session
  server.addHook('onRequest', (request, reply, done) => {
    request.cookies = { [session]: request.cookies[cookieName], [changed]: request.cookies[changed] }
    if (hasReplica && request.method === 'POST' && request.cookies[session] !== undefined)
      void reply.setCookie(changed, '1', {
        ...{ path: '/', httpOnly: true, sameSite: 'lax', secure: isBehindTls, maxAge: changedSec },
      })
    done()
  })
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('content-security-policy'))
      void reply.header('content-security-policy', policyOf(undefined))
    void reply.headers(isBehindTls ? { ...headers, ...ofTls } : headers)
    done()
  })
  server.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode === 403) log.info({ path: request.routeOptions.url, address: request.ip }, 'refused')
    done()
  })
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const misread = misasked(error)
    const status =
      misread !== null
        ? 400
        : error.statusCode !== undefined && error.statusCode < 500
          ? error.statusCode
          : 500
    if (status === 500)
      log.warn({ path: request.routeOptions.url, reason: sentenceFor(error) }, 'a page could not be shown')
    const said = isNobodysFault(error)
      ? 'The database is away or took too long. Try again in a moment.'
      : status < 500
        ? (misread ?? error.message)
        : 'This could not be done now.'
    return send(reply.code(status), refused(status, said, languageOf(request)), languageOf(request))
  })
  server.setNotFoundHandler((request, reply) =>
    send(reply.code(404), refused(404, 'There is no such page.', languageOf(request)), languageOf(request)),
  )

  server.get('/health', () => ({ ok: true }))
  server.get('/style.css', (_request, reply) => reply.header('content-type', 'text/css').send(style))
  server.get('/threshold.js', (_request, reply) =>
    reply.header('content-type', 'text/javascript; charset=utf-8').send(thresholdScript),
  )
  server.get('/login', (request, reply) =>
    send(
      reply,
      loginPage(flat(request.query)['to'] ?? '/', false, languageOf(request), forgotten !== undefined),
      languageOf(request),
    ),
  )
  server.post('/login', async (request, reply) => {
    if (isFromElsewhere(request))
      return send(
        reply.code(403),
        refused(
          403,
          'This was sent from another site. If it was not, the proxy in front has to pass on Host.',
          languageOf(request),
        ),
        languageOf(request),
      )
    const { name = '', password = '', to = '/' } = flat(request.body)
    const token = await people.logIn(name, password, request.ip)
    // A name that is wrong may be a password.
    log.info(
      { address: request.ip, ...(token !== null && { person: name }) },
      token === null ? 'login refused' : 'login',
    )
    if (token === null)
      return send(
        reply.code(401),
        loginPage(to, true, languageOf(request), forgotten !== undefined),
        languageOf(request),
      )
    return reply
      .setCookie(cookieName, token, { path: '/', httpOnly: true, sameSite: 'lax', secure: isBehindTls })
      .redirect(ownPath(to), 303)
  })
  server.post('/logout', async (request, reply) => {
    const token = request.cookies[session] ?? ''
    const person = await people.personOf(token)
    if (person && flat(request.body)['csrf'] === person.csrf) await people.logOut(token)
    return reply.clearCookie(cookieName, { path: '/', secure: isBehindTls }).redirect('/login', 303)
  })
  if (forgotten) addForgotten(server, { people, ...forgotten })
  for (const page of pages) addPage(server, page, { people, pages })
  const fetching = new Map<number, number>()
  for (const download of downloads) addDownload(server, download, people, fetching)
  return server
}
