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
