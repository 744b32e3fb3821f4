// The bytes of a price list become text.

import { TextDecoder } from 'node:util'

import { Complaint } from '../../errors/complaint.ts'

/** Every line ends with a line feed, whichever way it ended. */
export async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let kept = ''
  for await (const text of texts) {
    const whole = kept + text
    // A line feed may follow with the next piece.
    kept = whole.endsWith('\r') ? '\r' : ''
    yield whole.slice(0, whole.length - kept.length).replace(/\r\n?/g, '\n')
  }
  if (kept !== '') yield '\n'
}

/** UTF-8, or UTF-16 where the file says so, without the mark at its beginning. Throws a Complaint for anything else. */
export async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let first = Buffer.alloc(0)
  const decode = (piece: Uint8Array | undefined): string => {
    try {
      const text = decoder?.decode(piece, { stream: piece !== undefined }) ?? ''
      if (text.includes('\0')) throw new Complaint('The file is no text but binary.')
      return text
    } catch (error) {
      if (error instanceof Complaint) throw error
      throw new Complaint('The file is not text in UTF-8: save it as CSV UTF-8.')
    }
  }
  for await (const piece of bytes) {
    if (decoder) {
      yield decode(piece)
      continue
    }
    first = Buffer.concat([first, piece])
    if (first.length < 4) continue
    decoder = decoderFor(first)
    yield decode(first)
  }
  if (!decoder) {
    decoder = decoderFor(first)
    yield decode(first)
  }
  yield decode(undefined)
}

function decoderFor(first: Buffer): TextDecoder {
  const [one, two] = first
  const encoding =
    one === 0xff && two === 0xfe ? 'utf-16le' : one === 0xfe && two === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding, { fatal: true })
}
