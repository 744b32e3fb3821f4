import { expect, it } from 'vitest'

import { recordOf } from '../../../../shared/sources/record/record.ts'

it.each(['src', '__proto__', 'constructor', ''])('has a column "%s" like any other in a record', (name) => {
  const record = recordOf([name, 'dst'], (at) => (at === 0 ? '201' : null))
  expect(Object.entries(record)).toEqual([
    [name, '201'],
    ['dst', null],
  ])
  expect(JSON.stringify(record)).toBe(`{"${name}":"201","dst":null}`)
})
