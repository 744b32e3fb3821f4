import { describe, expect, it } from 'vitest'

import { Problem, problemOf } from '../../../shared/api/problem.ts'
import { Complaint } from '../../../shared/errors/complaint.ts'

const failed = (code: string, more: object = {}): Error =>
  Object.assign(new Error('duplicate key value violates unique constraint "x"'), { code, ...more })

describe('a problem', () => {
  it.each<[what: string, error: unknown, status: number, detail: string]>([
    ['what it is already', new Problem(404, 'There is none.'), 404, 'There is none.'],
    ['a complaint', new Complaint('The call would wait.'), 422, 'The call would wait.'],
    ['a right that is missing', failed('42501'), 403, 'The role of this key may not do that.'],
    [
      'what is there already',
      failed('23505', { constraint: 'a payment of this reference is there already' }),
      409,
      'A payment of this reference is there already.',
    ],
    [
      'what a table refuses',
      failed('23514', { constraint: 'an amount is not 0' }),
      422,
      'An amount is not 0.',
    ],
    [
      'a database that is away',
      failed('ECONNREFUSED'),
      503,
      'The database is away or took too long. Try again in a moment.',
    ],
    [
      'a query that takes too long',
      failed('57014'),
      503,
      'The database is away or took too long. Try again in a moment.',
    ],
    [
      'a lock that is not had',
      failed('40P01'),
      503,
      'The database is away or took too long. Try again in a moment.',
    ],
    [
      'a pool that has no connection left',
      new Error('timeout exceeded when trying to connect'),
      503,
      'The database is away or took too long. Try again in a moment.',
    ],
    ['a fault of ours', new TypeError('x is not a function'), 500, 'This could not be done.'],
    ['a column that is missing', failed('42703'), 500, 'This could not be done.'],
    ['what is no error', 'x', 500, 'This could not be done.'],
    [
      'a body that is too long',
      { statusCode: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE' },
      413,
      'The body is too long.',
    ],
  ])('is made of %s', (_what, error, status, detail) => {
    const { status: found, message } = problemOf(error)
    expect({ status: found, detail: message }).toEqual({ status, detail })
  })
})
