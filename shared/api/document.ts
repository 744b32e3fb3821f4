// What there is to ask, for programs: OpenAPI 3.1, made of the operations themselves. Pure.

import type { Schema } from './fields.ts'
import { idempotencyName, scopes } from './operation.ts'
import type { Operation } from './operation.ts'
import { problemSchema } from './problem.ts'

/** What every operation may answer but what it is asked for. */
const problems: Readonly<Record<number, string>> = {
  400: 'The request is not as it should be: detail says where.',
  401: 'There is no key with the request, or it is none, or no more.',
  403: 'The key has not the scope or the role for this.',
  422: 'It can be read, but not be done: detail says why.',
  429: 'The key asks too often; Retry-After says when to ask again.',
  500: 'This could not be done.',
  503: 'The database is away or took too long; Retry-After says when to ask again.',
}
const ofBodies: Readonly<Record<number, string>> = {
  413: 'The body is too long.',
  415: 'The body is no JSON.',
}

const json = (schema: Schema): unknown => ({ 'application/json': { schema } })

function parametersOf(place: 'path' | 'query', schema: Schema | undefined): unknown[] {
  const properties = (schema?.['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const required = (schema?.['required'] ?? []) as readonly string[]
  return Object.entries(properties).map(([name, { description, ...type }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: type,
  }))
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description:
    'A name of your own for this request, such as a UUID: sent again within a day it is answered as before and done once. Under one name only one request.',
  schema: idempotencyName,
}

function described(operation: Operation): unknown {
  const { id, summary, scope, roles, params, query, body, isOnce, status = 200, answer } = operation
  const others = { ...problems, ...(body && ofBodies), ...operation.problems }
  return {
    operationId: id,
    summary,
    tags: [scope],
    security: [{ key: [scope] }],
    'x-roles': roles,
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      ...(isOnce === true ? [idempotencyKey] : []),
    ],
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      [status]: { description: summary, content: json(answer) },
      ...Object.fromEntries(
        Object.entries(others).map(([code, description]) => [
          code,
          {
            description,
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        ]),
      ),
    },
  }
}

export function documentOf(operations: readonly Operation[]): unknown {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = described(operation)
  return {
    openapi: '3.1.0',
    info: {
      title: 'paidcalls',
      version: '1',
      description:
        'Money is text, exact. Moments are ISO 8601 in UTC. Lists come in pages: `next` is the `cursor` of the next. What is not in this document is refused.',
    },
    servers: [{ url: '/api/v1' }],
    tags: Object.entries(scopes).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'Made by npm run web -- --key NAME; its scopes are the tags.',
        },
      },
      schemas: { Problem: problemSchema },
    },
  }
}
