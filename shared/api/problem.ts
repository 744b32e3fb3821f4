// Why something was not done, as application/problem+json (RFC 9457). No stack, no words of a driver.

import { STATUS_CODES } from 'node:http'

import type { FastifyError, FastifyReply } from 'fastify'

import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { codeOf, isNobodysFault } from '../errors/whose-fault.ts'

export class Problem extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.status = status
    this.headers = headers
  }
}

export const problemSchema = {
  type: 'object',
  properties: {
    type: { type: 'string', description: 'about:blank: the status says what kind it is.' },
    title: { type: 'string', description: 'The status in words.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'A sentence for the person who can mend it.' },
  },
  required: ['type', 'title', 'status', 'detail'],
  additionalProperties: false,
} as const

const where: Readonly<Record<string, string>> = {
  querystring: 'the address',
  params: 'the address',
  headers: 'the headers',
  body: 'the body',
}

/** In words what the check of a request found. */
function misfit({ validation, validationContext }: FastifyError): string {
  const place = where[validationContext ?? ''] ?? 'the request'
  const [first] = validation ?? []
  if (!first) return 'The request is not as it should be.'
  const at = first.instancePath.replace(/^\//, '').replaceAll('/', '.')
  const params = first.params as Readonly<Record<string, unknown>>
  if (first.keyword === 'additionalProperties')
    return `There is no ${at === '' ? '' : `${at}.`}${String(params['additionalProperty'])} in ${place}.`
  if (first.keyword === 'required')
    return `${at === '' ? '' : `${at}.`}${String(params['missingProperty'])} is missing in ${place}.`
  const said =
    first.keyword === 'pattern' ? 'is not written as it should be' : (first.message ?? 'does not fit')
  return `${at === '' ? place.replace(/^t/, 'T') : at} ${said}.`
}

const misread: Readonly<Record<number, string>> = {
  400: 'The body is no JSON.',
  413: 'The body is too long.',
  415: 'A body is JSON: content-type: application/json.',
}

const sentence = (said: string): string => said.replace(/^./, (letter) => letter.toUpperCase())

/** What anything thrown comes to for whoever asked. Codes are those of PostgreSQL (SQLSTATE). */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Complaint) return new Problem(422, error.message)
  const { validation, statusCode } = error as Partial<FastifyError>
  if (validation) return new Problem(400, misfit(error as FastifyError))
  if (statusCode !== undefined && statusCode < 500)
    return new Problem(statusCode, misread[statusCode] ?? 'The request cannot be read.')
  const code = codeOf(error) ?? ''
  if (isNobodysFault(error))
    return new Problem(503, 'The database is away or took too long. Try again in a moment.', {
      'retry-after': '2',
    })

  if (code === '42501') return new Problem(403, 'The role of this key may not do that.')
  if (code === '23505') return new Problem(409, sentence(constraintOf(error)))
  if (/^(22|23)/.test(code)) return new Problem(422, sentence(constraintOf(error)))
  return new Problem(500, 'This could not be done.')
}

/** Names of constraints are sentences. */
function constraintOf(error: unknown): string {
  const { constraint } = error as { constraint?: string }
  return constraint?.includes(' ') === true ? `${constraint}.` : sentenceFor(error)
}

export function sendProblem(reply: FastifyReply, { status, message, headers }: Problem): FastifyReply {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Problem', status, detail: message }
  return reply
    .code(status)
    .headers({ ...headers, 'content-type': 'application/problem+json' })
    .serializer(JSON.stringify)
    .send(body)
}
