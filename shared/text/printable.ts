// Texts of others as people read them at a terminal.

// Longer texts of others are cut where people read them; the record has them whole.
const printableMost = 1_000

/** A text made harmless for a terminal: without control characters, line ends and signs that turn the direction of writing. */
export function printable(text: string): string {
  const shown = text
    .slice(0, printableMost)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
  return text.length > printableMost ? `${shown}…` : shown
}

/** The same of each line of a text of ours in which texts of others stand; how far a line is set in stays. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => `${/^ */.exec(line)?.[0] ?? ''}${printable(line)}`)
    .join('\n')
}

/** JSON for people and for programs: what a terminal would obey stands in it as \u…. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (sign) =>
    Array.from(
      { length: sign.length },
      (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
