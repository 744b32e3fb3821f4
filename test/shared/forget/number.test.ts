import { describe, expect, it } from 'vitest'

import { readNumber } from '../../../shared/forget/number.ts'

describe('a number to forget', () => {
  it.each([
    ['an exchange there dials it with a 0', '+49 (30) 1234-5678', ['RU', 'DE'], '0'],
    ['an exchange there dials it with an 8', '+7 495 123-45-67', ['RU', 'DE'], '8'],
    ['an exchange there dials it as it is', '+45 12 34 56 78', ['DK'], ''],
    ['no exchange stands there', '+49 30 12345678', ['RU'], null],
  ])('is known by how it is dialled: %s', (_why, written, countries, trunk) => {
    expect(readNumber(written, countries)).toMatchObject({ number: written.replace(/\D/g, ''), trunk })
  })

  it.each(['030 12345678', '49301234567', '+49', '+0301234567', '+999123456789', '+49 30 x', ''])(
    'is refused when it is not whole: %s',
    (written) => {
      expect(() => readNumber(written, ['DE'])).toThrow(/^--number must be a whole number with \+/)
    },
  )
})
