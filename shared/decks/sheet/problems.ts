// What is wrong with a deck, line by line. However much it is, only the first lines are kept.

export interface Problem {
  line: number
  /** What is wrong, to follow the number of the line. */
  text: string
}

/** The first so many are shown. */
export const problemsShown = 20

export interface Problems {
  count: number
  first: Problem[]
}

/** A list with nothing in it. */
export function noProblems(): Problems {
  return { count: 0, first: [] }
}

/** Problems come in the order of their lines. */
export function note(problems: Problems, line: number, text: string): void {
  problems.count++
  if (problems.first.length < problemsShown) problems.first.push({ line, text })
}

/** Several lists as one: the first of all of them by line, and how many there are in all. */
export function together(...several: Problems[]): Problems {
  return {
    count: several.reduce((sum, { count }) => sum + count, 0),
    first: several
      .flatMap(({ first }) => first)
      .sort((a, b) => a.line - b.line)
      .slice(0, problemsShown),
  }
}

/** A line for each that is shown, and how many more there are. */
export function listed({ count, first }: Problems): string[] {
  const more = count - first.length
  return [
    ...first.map(({ line, text }) => (line > 0 ? `line ${line}: ${text}` : text)),
    ...(more > 0 ? [`… and ${more.toLocaleString('en')} more`] : []),
  ]
}
