// The words in which a call says what it waits for. An edit says what it changed in the same words
// (functions waits_for_keys in sql/migrations/0003_edits.sql), and so finds exactly the calls it heals.

// An index entry must fit a third of a page. No row an administrator enters is so long, so nobody could heal by such a key.
const keyBytesMost = 2_000

/** A call no client owns: it waits for any row of callerid that would recognise it. */
export function ownerKeys(
  kind: 'accountcode' | 'peer' | 'number' | 'did',
  callerid: string,
  source_id: number | null,
): string[] {
  return callerid === '' ? [] : hereAndEverywhere(`callerid ${kind} ${callerid}`, source_id)
}

/** A call over channels that are nobody's trunk: it waits for a provider with one of their names. */
export function providerKeys(channels: readonly string[]): string[] {
  return channels.map((channel) => `provider ${channel}`).filter(fits)
}

/** The second half of a Local channel that nobody owns: it waits for the record of the first, which says whose number was called. */
export function firstHalfKeys(channel: string): string[] {
  return [`first half ${channel.slice(0, -2)}`].filter(fits)
}

/** A dialled string nobody understands: it waits for a prefix row with one of its beginnings. */
export function prefixKeys(digits: string, source_id: number | null): string[] {
  return beginnings(digits.slice(0, 20)).flatMap((prefix) => hereAndEverywhere(`prefix ${prefix}`, source_id))
}

/** Anything the row of its source could mend. */
export function sourceKeys(source_id: number | null): string[] {
  return source_id === null ? [] : [`source ${source_id}`]
}

/** A call without a plan or price: it waits for the client, the plans of the chain, and a row with one of the number's beginnings. */
export function priceKeys(
  client_id: number,
  chain: readonly number[],
  direction: 'out' | 'in',
  number: string,
): string[] {
  return [
    `client ${client_id}`,
    ...chain.flatMap((tarifnum) => [
      `tarifplan ${tarifnum}`,
      ...['', ...beginnings(number)].map((code) => `tarif ${tarifnum} ${direction} ${code}`),
    ]),
  ]
}

function hereAndEverywhere(key: string, source_id: number | null): string[] {
  return (source_id === null ? [key] : [key, `${key} at source ${source_id}`]).filter(fits)
}

function fits(key: string): boolean {
  return Buffer.byteLength(key) <= keyBytesMost
}

function beginnings(digits: string): string[] {
  return Array.from(digits, (_, at) => digits.slice(0, at + 1))
}
