import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { asterisk } from '../../../shared/sources/formats/asterisk.ts'
import { isLike, withRules } from '../../../shared/sources/mapping-and-filter.ts'
import type { SourceRecord } from '../../../shared/sources/record/reader.ts'

const moscow = { time_zone: 'Europe/Moscow', latestYear: 2027 }

const strange: SourceRecord = {
  begin_time: '2026-07-01 12:00:00',
  a_number: '201',
  b_number: '84951234567',
  talk: '60',
  trunk: 'megafon',
  dcontext: 'office',
}
const mapping = {
  calldate: 'Begin_Time',
  src: 'a_number',
  dst: 'b_number',
  billsec: 'talk',
  dstchannel: 'trunk',
  disposition: { value: 'ANSWERED' },
}

describe('a mapping', () => {
  it('makes a call of the record of an exchange nobody thought of', () => {
    expect(withRules(asterisk, mapping, []).toCall(strange, moscow)).toMatchObject({
      call: {
        calldate: '2026-07-01T09:00:00.000Z',
        src: '201',
        dst: '84951234567',
        dstchannel: 'megafon',
        dcontext: 'office',
        disposition: 'ANSWERED',
        duration: 60,
        billsec: 60,
      },
    })
  })

  it('says where the moment and the seconds are, for those who count, and leaves what a record is known by', () => {
    const { began, billsec, identity } = withRules(asterisk, mapping, [])
    expect([began[0], billsec[0]]).toEqual(['begin_time', 'talk'])
    expect(identity).toEqual(asterisk.identity)
  })

  it('leaves a column as it is where the exchange does not have the one that is named', () => {
    const { toCall } = withRules(asterisk, { dst: 'called' }, [])
    const record = { calldate: '2026-07-01 12:00:00', billsec: '1', dst: '102' }
    expect(toCall(record, moscow)).toMatchObject({ call: { dst: '102' } })
    expect(toCall({ ...record, called: null }, moscow)).toMatchObject({ call: { dst: '' } })
  })

  it.each([
    [[], 'source.mapping is no object such as {"calldate": "begin_time"}.'],
    [
      { dst: { like: 'x' } },
      'source.mapping says of dst neither the name of a column nor {"value": "text"} nor {"column": "name", "as": "month first" | "day first" | "mm:ss" | "hh:mm" | "milliseconds" | "decimal comma", "words": {"text": "what it means"}}: {"like":"x"}.',
    ],
    [
      { dst: '' },
      'source.mapping says of dst neither the name of a column nor {"value": "text"} nor {"column": "name", "as": "month first" | "day first" | "mm:ss" | "hh:mm" | "milliseconds" | "decimal comma", "words": {"text": "what it means"}}: "".',
    ],
  ])('that is %j is refused: %s', (wrong, sentence) => {
    expect(() => withRules(asterisk, wrong, [])).toThrow(sentence)
  })
})

describe('a filter', () => {
  const leavesOut = (filter: unknown, record: SourceRecord) =>
    'left_out' in withRules(asterisk, {}, filter).toCall(record, moscow)

  it.each<[unknown, boolean, string]>([
    [{ dcontext: 'office' }, true, 'the column holds it'],
    [{ dcontext: 'Office' }, false, 'small letters are not capital letters'],
    [{ DContext: ['home', 'office'] }, true, 'one of several'],
    [{ dcontext: ['home'] }, false, 'none of several'],
    [{ trunk: { like: 'mega%' } }, true, 'like in SQL'],
    [{ trunk: { like: 'mega' } }, false, 'the whole text'],
    [{ trunk: { not: 'megafon' } }, false, 'not'],
    [{ trunk: { not: { like: 'beeline%' } } }, true, 'not like'],
    [{ b_number: 84951234567 }, true, 'a number'],
    [{ accountcode: null }, true, 'nothing'],
    [{ accountcode: '' }, true, 'nothing, too'],
    [{ dcontext: 'office', trunk: 'beeline' }, false, 'all columns of a rule must hold'],
    [[{ dcontext: 'home' }, { trunk: 'megafon' }], true, 'one rule is enough'],
    [[], false, 'no rule'],
  ])('%j leaves it out: %s (%s)', (filter, expected) => {
    expect(leavesOut(filter, strange)).toBe(expected)
  })

  it('says which rule it was, also of what would be rejected', () => {
    expect(withRules(asterisk, {}, [{ dst: 's' }, { trunk: 'megafon' }]).toCall(strange, moscow)).toEqual({
      left_out: 'left out by the filter {"trunk":"megafon"}',
    })
  })

  it('knows columns by their names here and there', () => {
    const { toCall } = withRules(asterisk, mapping, { src: '201' })
    expect(toCall(strange, moscow)).toHaveProperty('left_out')
  })

  it.each([
    ['office', 'source.filter has a rule that is not like {"dcontext": "internal"}: "office".'],
    [[{}], 'source.filter has a rule that is not like {"dcontext": "internal"}: {}.'],
    [
      { dst: { matches: '^1' } },
      'source.filter asks dst neither for a text, a list of texts, {"like": "Local/%"} nor {"not": …}: {"matches":"^1"}.',
    ],
    [
      { dst: [] },
      'source.filter asks dst neither for a text, a list of texts, {"like": "Local/%"} nor {"not": …}: [].',
    ],
  ])('that is %j is refused: %s', (wrong, sentence) => {
    expect(() => withRules(asterisk, {}, wrong)).toThrow(sentence)
  })
})

describe('like', () => {
  it.each([
    ['Local/201@office-1;2', 'Local/%', true],
    ['', '%', true],
    ['', '_', false],
    ['a%', 'a\\%', true],
    ['ab', 'a\\%', false],
    ['a\\', 'a\\\\', true],
    ['aXbXc', 'a%b%c', true],
    ['aXbXcd', 'a%b%c', false],
    ['two\nlines', 'two%lines', true],
    ['😀', '_', true],
  ])('%j is like %j: %s', (text, pattern, expected) => {
    expect(isLike(text, pattern)).toBe(expected)
  })

  it('is what a regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (text, pattern) => {
        const expression = new RegExp(`^${pattern.replaceAll('%', '.*').replaceAll('_', '.')}$`, 's')
        expect(isLike(text, pattern)).toBe(expression.test(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes no longer for a pattern that is meant to take long', () => {
    const began = performance.now()
    expect(isLike('a'.repeat(20_000), `${'%a'.repeat(50)}%b`)).toBe(false)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})
