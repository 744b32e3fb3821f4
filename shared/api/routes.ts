// The API over HTTP: who asks, whether he may, what is checked, and what is answered. No cookies, no other sites.

import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { sentenceFor } from '../errors/sentence.ts'
import type { Log } from '../program/log.ts'
import type { People } from '../web/people.ts'
import { documentOf } from './document.ts'
import type { Keys } from './keys.ts'
import { idempotencyName } from './operation.ts'
import type { Key, Operation } from './operation.ts'
import { Problem, problemOf, sendProblem } from './problem.ts'
import { createRate } from './rate.ts'

export interface Api {
  /** To be registered with the prefix /api/v1. */
  routes: (server: FastifyInstance) => Promise<void>
  requests: () => number
  /** Those that ended by a fault of ours or of the database. */
  failures: () => number
}

export interface Served {
  people: People
  keys: Keys
  operations: readonly Operation[]
  /** How often one key may ask. */
  ratePerMinute: number
  log: Log
}

type Texts = Readonly<Record<string, string>>
/** What the check made numbers of, as it was. */
const textsIn = (query: unknown): Texts =>
  Object.fromEntries(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]))
const bearer = /^Bearer +(\S+)$/i

export function createApi({ people, keys, operations, ratePerMinute, log }: Served): Api {
  const counts = { requests: 0, failures: 0 }
  const admitted = new WeakMap<FastifyRequest, Key>()
  const spend = createRate(ratePerMinute)
  const document = documentOf(operations)
  // In an address all is text; in a body text is no number.
  const checks = (coerceTypes: boolean) =>
    addFormats.default(new Ajv2020({ strictTypes: false, coerceTypes }))
  const [ofBodies, ofAddresses] = [checks(false), checks(true)]

  async function admit(request: FastifyRequest, { scope, roles }: Operation): Promise<void> {
    const [, token = ''] = bearer.exec(request.headers.authorization ?? '') ?? []
    const key = await keys.find(token)
    if (!key)
      throw new Problem(401, 'A key is needed: Authorization: Bearer paidcalls_…', {
        'www-authenticate': 'Bearer',
      })
    spend(key.id)
    if (!key.scopes.includes(scope))
      throw new Problem(403, `This key has the scopes ${key.scopes.join(', ')}; this takes ${scope}.`)
    if (!roles.includes(key.role)) throw new Problem(403, `This is not for the role ${key.role}.`)
    admitted.set(request, key)
  }

  function add(server: FastifyInstance, operation: Operation): void {
    const { method, path, params, query, body, bodyBytes, isOnce, status = 200, answer, how, run } = operation
    server.route({
      method,
      url: path.replace(/\{(\w+)\}/g, ':$1'),
      ...(bodyBytes !== undefined && { bodyLimit: bodyBytes }),
      onRequest: (request) => admit(request, operation),
      schema: {
        ...(params && { params }),
        querystring: query ?? { type: 'object', additionalProperties: false },
        ...(body && { body }),
        ...(isOnce === true && {
          headers: {
            type: 'object',
            properties: { 'idempotency-key': idempotencyName },
            required: ['idempotency-key'],
          },
        }),
        response: { [status]: answer },
      },
      handler: async (request, reply) => {
        const key = admitted.get(request)
        if (!key) throw new Problem(401, 'A key is needed.')
        const asked = {
          key,
          params: (request.params ?? {}) as Texts,
          query: textsIn(request.query),
          body: request.body,
          idempotencyKey: String(request.headers['idempotency-key'] ?? ''),
        }
        const found = await people.as(key, (db, ask) => run({ ...asked, db, ask }), how ?? { reading: true })
        return reply.code(status).send(found)
      },
    })
  }

  return {
    requests: () => counts.requests,
    failures: () => counts.failures,
    // eslint-disable-next-line @typescript-eslint/require-await -- Fastify waits for plugins that are promises.
    async routes(server) {
      server.removeAllContentTypeParsers()
      server.addContentTypeParser(
        'application/json',
        { parseAs: 'string' },
        server.getDefaultJsonParser('error', 'error'),
      )
      server.setValidatorCompiler<object>(({ schema, httpPart }) => {
        const ajv = httpPart === 'body' ? ofBodies : ofAddresses
        return ajv.compile(schema)
      })
      server.setErrorHandler((error, request, reply) => {
        const problem = problemOf(error)
        if (problem.status >= 500) {
          counts.failures++
          log.warn(
            { path: request.routeOptions.url, reason: sentenceFor(error) },
            'an answer could not be given',
          )
        }
        return sendProblem(reply, problem)
      })
      server.setNotFoundHandler((_request, reply) =>
        sendProblem(reply, new Problem(404, 'There is nothing at this address: GET /api/v1/openapi.json.')),
      )
      server.addHook('onResponse', (_request, _reply, done) => {
        counts.requests++
        done()
      })
      server.get('/openapi.json', () => document)
      for (const operation of operations) add(server, operation)
    },
  }
}
