import { expect, it } from 'vitest'

import { columns } from '../../../shared/text/table.ts'

it('puts numbers to the right and words to the left', () => {
  const rows = [
    { client: 'Harbour', calls: 1_234, total: '10.5000' },
    { client: 'Foundry Studios', calls: 7, total: null },
  ]
  expect(columns(rows)).toBe(
    [
      'client           calls    total\n',
      '---------------  -----  -------\n',
      'Harbour          1,234  10.5000\n',
      'Foundry Studios      7\n',
    ].join(''),
  )
})

it('puts to the right what it is told to, and leaves no sign that a terminal obeys', () => {
  expect(columns([{ item: 'plan\u001b[2J', value: 'by the minute' }], { value: 'right' })).not.toContain(
    '\u001b',
  )
})
