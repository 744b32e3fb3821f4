// Questions over HTTP: POST /authorize, /extend, /release, GET /health. Amounts are text; mistakes are problem+json (RFC 9457).

import { timingSafeEqual } from 'node:crypto'

import fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import type { Question } from '../accounts/question.ts'
import { printable } from '../text/printable.ts'
import type { Answering } from './answer.ts'

const bodyMost = 16 * 1024
const headersMs = 5_000
const connectionsMost = 2_000

const text = (most: number) => ({ type: 'string', maxLength: most }) as const
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const
const seconds = { type: 'integer', minimum: 1, maximum: 86_400 } as const
const questionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['source', 'caller', 'dialled', 'call_ref'],
  properties: {
    source: { ...text(200), minLength: 1 },
    caller: text(200),
    dialled: { ...text(200), minLength: 1 },
    call_ref: { ...text(200), minLength: 1 },
    accountcode: text(200),
    channel: text(200),
    dstchannel: text(200),
    seconds,
  },
} as const
const extendSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['reservation', 'seconds'],
  properties: { reservation: uuid, seconds },
} as const
const releaseSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['reservation'],
  properties: { reservation: uuid },
} as const

/** A server that does not listen yet. `token` null: nobody is asked for one. */
export function createHttp(answering: Answering, token: string | null): FastifyInstance {
  const server = fastify({
    bodyLimit: bodyMost,
    requestTimeout: headersMs,
    connectionTimeout: 60_000,
    keepAliveTimeout: 60_000,
    http: { headersTimeout: headersMs, requestTimeout: headersMs, connectionsCheckingInterval: 1_000 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    forceCloseConnections: true,
  })
  server.server.maxConnections = connectionsMost
  server.addHook('onRequest', async (request, reply) => {
    if (request.url === '/health' || isAllowed(request, token)) return
    await problem(reply, 401, 'the token is missing or wrong: Authorization: Bearer …')
  })
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500
    return problem(reply, status, status < 500 ? printable(error.message) : 'this could not be done now')
  })
  server.setNotFoundHandler((_request, reply) =>
    problem(reply, 404, 'there are POST /authorize, /extend, /release and GET /health'),
  )
  server.get('/health', () => ({ ok: true, ...answering.latency.percentiles() }))
  server.post<{ Body: Question }>('/authorize', { schema: { body: questionSchema } }, ({ body }) =>
    answering.answer(body),
  )
  server.post<{ Body: { reservation: string; seconds: number } }>(
    '/extend',
    { schema: { body: extendSchema } },
    async ({ body }, reply) =>
      (await answering.extend(body.reservation, body.seconds)) ??
      problem(reply, 404, 'this reservation has ended, or never was'),
  )
  server.post<{ Body: { reservation: string } }>(
    '/release',
    { schema: { body: releaseSchema } },
    async ({ body }) => ({
      released: await answering.release(body.reservation),
    }),
  )
  return server
}

function isAllowed(request: FastifyRequest, token: string | null): boolean {
  if (token === null) return true
  const given = Buffer.from(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')
  const wanted = Buffer.from(token)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function problem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, title: detail, detail }))
}
