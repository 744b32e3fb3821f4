// Pages over HTTP: forms that only our own pages can send, and headers that let nothing else in.

import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import fastify from 'fastify'
import type { FastifyError, FastifyInstance } from 'fastify'

import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import type { Log } from '../program/log.ts'
import { isOurs, isOwnPath, languageOf, loginPage, refused, send, session } from './answers.ts'
import type { Download, Page } from './page.ts'
import type { People } from './people.ts'
import { style } from './style.ts'
import { addDownload, addPage } from './visits.ts'

export interface Site {
  people: People
  pages: readonly Page[]
  downloads: readonly Download[]
  log: Log
  /** Whether pages come over TLS, from a proxy that says so: then the cookie goes over nothing else. */
  isBehindTls: boolean
}

const bodyMost = 1024 * 1024

const headers = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

/** A server that does not listen yet. */
export async function createServer(site: Site): Promise<FastifyInstance> {
  const { people, pages, downloads, log, isBehindTls } = site
  const server = fastify({
    bodyLimit: bodyMost,
    trustProxy: isBehindTls,
    forceCloseConnections: true,
    connectionTimeout: 60_000,
    // A large file over a slow line.
    requestTimeout: 600_000,
  })
  await server.register(cookie)
  await server.register(formbody)
  await server.register(multipart)
  server.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.headers(headers)
    done()
  })
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const isSaid = error instanceof Complaint
    const status = isSaid
      ? 400
      : error.statusCode !== undefined && error.statusCode < 500
        ? error.statusCode
        : 500
    if (status === 500)
      log.warn({ path: request.url, reason: sentenceFor(error) }, 'a page could not be shown')
    const said = isNobodysFault(error)
      ? 'The database is away or took too long. Try again in a moment.'
      : status < 500
        ? error.message
        : 'This could not be done now.'
    return send(reply.code(status), refused(status, said, languageOf(request)), languageOf(request))
  })
  server.setNotFoundHandler((request, reply) =>
    send(reply.code(404), refused(404, 'There is no such page.', languageOf(request)), languageOf(request)),
  )

  server.get('/health', () => ({ ok: true }))
  server.get('/style.css', (_request, reply) => reply.header('content-type', 'text/css').send(style))
  server.get<{ Querystring: { to?: string } }>('/login', (request, reply) =>
    send(reply, loginPage(request.query.to ?? '/', false, languageOf(request)), languageOf(request)),
  )
  server.post<{ Body: Record<string, string> | undefined }>('/login', async (request, reply) => {
    const { name = '', password = '', to = '/' } = request.body ?? {}
    const token = isOurs(request) ? await people.logIn(name, password, request.ip) : null
    if (token === null)
      return send(reply.code(401), loginPage(to, true, languageOf(request)), languageOf(request))
    return reply
      .setCookie(session, token, { path: '/', httpOnly: true, sameSite: 'lax', secure: isBehindTls })
      .redirect(isOwnPath(to) ? to : '/', 303)
  })
  server.post<{ Body: Record<string, string> | undefined }>('/logout', async (request, reply) => {
    const token = request.cookies[session] ?? ''
    const person = await people.personOf(token)
    if (person && request.body?.['csrf'] === person.csrf) await people.logOut(token)
    return reply.clearCookie(session, { path: '/' }).redirect('/login', 303)
  })
  for (const page of pages) addPage(server, page, { people, pages })
  for (const download of downloads) addDownload(server, download, people)
  return server
}
