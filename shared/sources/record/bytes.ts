// Bytes of records become text that PostgreSQL can keep.

import { isUtf8 } from 'node:buffer'

/**
 * Text of any bytes: UTF-8 where they are UTF-8, otherwise each byte is the character of Latin-1 with its number, so
 * that nothing is lost. NUL, which PostgreSQL keeps nowhere, becomes U+FFFD.
 */
export function textOf(bytes: Buffer): string {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1')
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text
}

/** A cell of a table read as bytes. */
export function cellOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : textOf(bytes)
}
