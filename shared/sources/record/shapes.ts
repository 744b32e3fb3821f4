// Shapes of values that may mean two things, or that nobody else writes: an administrator names them in source.mapping.

// 3/15/2026, 03-15-2026, 15.3.26: the year last.
const yearLast = /^\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/

/** What a text of each shape says in the shape that every format reads; a text of another shape stays as it is. Pure. */
export const shapes: Readonly<Record<string, (written: string) => string>> = {
  'month first': (written) =>
    written.replace(yearLast, (_, month: string, __, day: string, year: string) => dashed(year, month, day)),
  'day first': (written) =>
    written.replace(yearLast, (_, day: string, __, month: string, year: string) => dashed(year, month, day)),
  'mm:ss': (written) => sixtieths(written, 1),
  'hh:mm': (written) => sixtieths(written, 60),
  milliseconds: (written) =>
    written.replace(/^\s*(\d+)\s*$/, (_, digits: string) => {
      const long = digits.padStart(4, '0')
      return `${long.slice(0, -3)}.${long.slice(-3)}`
    }),
  'decimal comma': (written) => written.replace(/^\s*(\d+),(\d+)\s*$/, '$1.$2'),
}

/** Those that say how a day is written: what is counted by day follows them. */
export const dayShapes: readonly string[] = ['month first', 'day first']

function dashed(year: string, month: string, day: string): string {
  return `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

/** 2:05 as its smaller unit times so many seconds. */
function sixtieths(written: string, seconds: number): string {
  return written.replace(/^\s*(\d{1,6}):([0-5]\d)\s*$/, (_, large: string, small: string) =>
    String((Number(large) * 60 + Number(small)) * seconds),
  )
}
