// Why calls keep their numbers.

/** `until`: where a day is known. */
export interface Staying {
  why: string
  until: string | null
  calls: number
}

/** Adds up calls that stay for the same reason. */
export function addStaying(staying: Staying[], more: readonly Staying[]): void {
  for (const one of more) {
    const known = staying.find(({ why, until }) => why === one.why && until === one.until)
    if (known) known.calls += one.calls
    else staying.push({ ...one })
  }
}
