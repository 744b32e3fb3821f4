// The API as its document describes it: asked for real, each answer held against what the document promises.

import { inject } from 'vitest'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

import { createKeys } from '../../shared/api/keys.ts'
import type { NewKey } from '../../shared/api/keys.ts'
import { startPages } from './pages.ts'
import { asWeb } from './servers.ts'

type Json = Record<string, unknown>

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: Json
}

interface Described {
  operationId: string
  security: [{ key: [string] }]
  'x-roles': string[]
  parameters: Parameter[]
  requestBody?: { content: { 'application/json': { schema: Json } } }
  responses: Record<string, { content: Record<string, { schema: Json }> }>
}

export interface Operation {
  id: string
  method: string
  path: string
  scope: string
  roles: readonly string[]
  parameters: readonly Parameter[]
  body: Json | undefined
  responses: Described['responses']
}

export interface Request {
  params?: Record<string, string | number>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
}

export interface Answered {
  status: number
  headers: Headers
  body: Json
  /** In words where the answer is not as the document says; empty when it is. */
  faults: string
}

export interface AskedApi {
  base: string
  document: Json
  operations: readonly Operation[]
  key: (key: NewKey) => Promise<string>
  revoke: (name: string) => Promise<void>
  ask: (id: string, token: string, request?: Request) => Promise<Answered>
  stop: () => Promise<void>
}

export async function startApi(databaseUrl: string, env: Record<string, string> = {}): Promise<AskedApi> {
  const pages = await startPages(databaseUrl, env)
  const base = `${pages.base}/api/v1`
  const keys = createKeys(asWeb(databaseUrl, inject('serverUrl')))
  const document = (await (await fetch(`${base}/openapi.json`)).json()) as Json
  const operations = operationsIn(document)
  const checks = new Map<string, ValidateFunction>()
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const components = document['components'] as { schemas: { Problem: Json } }

  function faultsOf({ id, responses }: Operation, status: number, type: string, body: unknown): string {
    const content = responses[status]?.content[type]
    if (!content) return `${id} answers ${status} ${type}, which the document does not know`
    const schema = type === 'application/problem+json' ? components.schemas.Problem : content.schema
    const name = `${id} ${status}`
    const check = checks.get(name) ?? ajv.compile(schema)
    checks.set(name, check)
    return check(body) ? '' : ajv.errorsText(check.errors)
  }

  return {
    base,
    document,
    operations,
    key: keys.make,
    revoke: keys.revoke,
    async ask(id, token, { params = {}, query = {}, body, headers = {} } = {}) {
      const operation = operations.find((one) => one.id === id)
      if (!operation) throw new Error(`The document has no ${id}.`)
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(params[name] ?? ''),
      )
      const answer = await fetch(`${base}${path}?${new URLSearchParams(query).toString()}`, {
        method: operation.method,
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? ''
      const found = JSON.parse(text) as Json
      return {
        status: answer.status,
        headers: answer.headers,
        body: found,
        faults: faultsOf(operation, answer.status, type, found),
      }
    },
    async stop() {
      await keys.close()
      await pages.stop()
    },
  }
}

function operationsIn(document: Json): Operation[] {
  const paths = document['paths'] as Record<string, Record<string, Described>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      scope: described.security[0].key[0],
      roles: described['x-roles'],
      parameters: described.parameters,
      body: described.requestBody?.content['application/json'].schema,
      responses: described.responses,
    })),
  )
}
