import { describe, expect, it } from 'vitest'

import { savedByBundle } from '../../../shared/statements/bundles.ts'
import { languageOf } from '../../../shared/statements/paper/language.ts'
import { wordsOf } from '../../../shared/statements/paper/words.ts'

describe('an amount', () => {
  it.each([
    ['en', '1234567.8901', 2, '1,234,567.8901'],
    ['ru', '1234567.8901', 2, '1 234 567,8901'],
    ['en', '12345678901234567890.12345678', 2, '12,345,678,901,234,567,890.12345678'],
    ['en', '-0.5', 2, '-0.50'],
    ['en', '7', 0, '7'],
  ])('is written in %s digit by digit: %s', (language, text, digits, written) => {
    expect(languageOf(language).amount(text, digits)).toBe(written)
  })
})

describe('the words of a statement', () => {
  it('name countries and kinds in the client’s language', () => {
    expect(languageOf('en').destination('DE', 'mobile')).toBe('Germany, mobile')
    expect(languageOf('ru').destination('DE', 'mobile')).toBe('Германия, мобильные')
    expect(languageOf('en').destination(null, null)).toBe('Other')
  })

  it('are all there in both', () => {
    const russian: Record<string, unknown> = wordsOf('ru')
    for (const [name, word] of Object.entries(wordsOf('en'))) {
      expect(typeof russian[name]).toBe(typeof word)
      if (typeof word === 'string') expect(russian[name], name).toMatch(/[а-яё]/i)
    }
    expect(Object.keys(wordsOf('ru').kinds)).toEqual(Object.keys(wordsOf('en').kinds))
  })
})

describe('included seconds', () => {
  const call = {
    call_id: 1,
    client_id: 1,
    currency: 'EUR',
    price: '0.60',
    connect_fee: '0.05',
    max_charge: null,
    first_sec: 60,
    step_sec: 60,
    increments: 'anchored',
    decimals: 4,
    rounding: 'half up',
    billable_sec: 90,
    total: '0.05',
  } as const
  it.each([
    ['all of a call', {}, '1.2'],
    ['its first minute', { total: '0.65' }, '0.6'],
    ['what its limit leaves', { max_charge: '0.30' }, '0.25'],
  ])('have saved %s', (_why, changed, saved) => {
    expect(savedByBundle({ ...call, ...changed })).toBe(saved)
  })
})
