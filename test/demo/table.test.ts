import { expect, it } from 'vitest'

import { tableOf } from '../../demo/table.ts'

it('puts numbers to the right and words to the left', () => {
  const rows = [
    { client: 'Harbour', calls: 1_234, total: '10.5000' },
    { client: 'Foundry Studios', calls: 7, total: null },
  ]
  expect(tableOf({ client: 'client', calls: 'calls', total: 'total' }, rows)).toBe(
    [
      '  client           calls    total\n',
      '  ---------------  -----  -------\n',
      '  Harbour          1,234  10.5000\n',
      '  Foundry Studios      7\n',
    ].join(''),
  )
})
