// Why calls end: causes of ITU-T Q.850, as numbers and by the names FreeSWITCH gives them, as dispositions.

const dispositions = new Map([
  ['17', 'BUSY'],
  ['USER_BUSY', 'BUSY'],
  ['16', 'NO ANSWER'],
  ['18', 'NO ANSWER'],
  ['19', 'NO ANSWER'],
  ['NORMAL_CLEARING', 'NO ANSWER'],
  ['NO_USER_RESPONSE', 'NO ANSWER'],
  ['NO_ANSWER', 'NO ANSWER'],
  ['ORIGINATOR_CANCEL', 'NO ANSWER'],
  ['487', 'NO ANSWER'],
  ['ALLOTTED_TIMEOUT', 'NO ANSWER'],
  ['PROGRESS_TIMEOUT', 'NO ANSWER'],
  ['PICKED_OFF', 'NO ANSWER'],
  ['LOSE_RACE', 'NO ANSWER'],
])

/** The disposition of a call that was not answered. Without a cause nobody answered; with any other it failed. */
export function dispositionOfCause(cause: string): string {
  const written = cause.trim().toUpperCase()
  return written === '' || written === '0' ? 'NO ANSWER' : (dispositions.get(written) ?? 'FAILED')
}
