import { describe, expect, it } from 'vitest'

import { instantsOf } from '../../../shared/time/wall-clock.ts'

const inUtc = (text: string, zone: string) => instantsOf(text, zone).map((ms) => new Date(ms).toISOString())

describe('a wall clock', () => {
  it.each([
    ['2026-07-01 12:00:00', 'Europe/Berlin', '2026-07-01T10:00:00.000Z', 'summer time'],
    ['2026-01-01T12:00:00', 'Europe/Moscow', '2026-01-01T09:00:00.000Z', 'with T'],
    [
      '2026-01-01 12:00',
      'Asia/Kathmandu',
      '2026-01-01T06:15:00.000Z',
      'without seconds, 45 minutes off the hour',
    ],
    ['2026-01-01 12:00:00.987654', 'UTC', '2026-01-01T12:00:00.987Z', 'with microseconds'],
    ['2026-10-25T02:30:00+01:00', 'Europe/Moscow', '2026-10-25T01:30:00.000Z', 'with an offset of its own'],
    [
      '2026-10-25 02:30:00+02',
      'Europe/Moscow',
      '2026-10-25T00:30:00.000Z',
      'with an offset as PostgreSQL writes it',
    ],
    [
      '2026-10-25 02:30:00-03:30',
      'Europe/Moscow',
      '2026-10-25T06:00:00.000Z',
      'with an offset of half hours',
    ],
    [
      '2026-10-25 02:30:00+0530',
      'Europe/Moscow',
      '2026-10-24T21:00:00.000Z',
      'with an offset without a colon',
    ],
    ['15/3/2026 10:05:00', 'UTC', '2026-03-15T10:05:00.000Z', 'with slashes'],
    ['04/03/2026 9:05', 'UTC', '2026-03-04T09:05:00.000Z', 'with slashes: the day comes first'],
    ['2026-10-25 02:30:00Z', 'Europe/Moscow', '2026-10-25T02:30:00.000Z', 'in UTC by its own word'],
  ])('reads %s in %s as %s (%s)', (text, zone, instant) => {
    expect(inUtc(text, zone)).toEqual([instant])
  })

  it('means two instants in the hour that autumn doubles, the earlier first', () => {
    expect(inUtc('2026-10-25 02:30:00', 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ])
  })

  it('counts as not yet put forward in the hour that spring leaves out', () => {
    expect(inUtc('2026-03-29 02:30:00', 'Europe/Berlin')).toEqual(['2026-03-29T01:30:00.000Z'])
  })

  it.each([
    '',
    '0000-00-00 00:00:00',
    '2026-02-30 12:00:00',
    '2026-13-01 00:00:00',
    '2026-01-01 24:00:00',
    '24/08/17 09:28',
    '3/15/2026 10:05:00',
    '31/2/2026 10:05:00',
    '15/3/20260 10:05:00',
    '2026-01-01',
    'yesterday',
  ])('is no date when it reads "%s"', (text) => {
    expect(instantsOf(text, 'Europe/Berlin')).toEqual([])
  })
})
