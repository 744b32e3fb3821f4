// Brings rows into a table by PostgreSQL's copy, the fastest way there is, as they come and without keeping them.

import type pg from 'pg'

// The part of pg's wire connection that is used here; its published types describe an older one.
interface Wire {
  stream: {
    writableNeedDrain: boolean
    once(event: 'drain' | 'close', listener: () => void): void
    off(event: 'drain' | 'close', listener: () => void): void
  }
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/**
 * Runs `text`, a `copy … from stdin`, with the pieces as its input. Returns how many rows came in.
 * When the pieces throw, the copy is undone and what they threw is thrown.
 */
export function copyInto(client: pg.Client, text: string, pieces: AsyncIterable<string>): Promise<number> {
  return new Promise((resolve, reject) => {
    let failure: { error: unknown } | undefined
    let rows = 0
    let over = false

    async function feed(wire: Wire): Promise<void> {
      try {
        for await (const piece of pieces) {
          if (over) return
          wire.sendCopyFromChunk(Buffer.from(piece))
          if (wire.stream.writableNeedDrain) await drained(wire)
        }
        wire.endCopyFrom()
      } catch (error) {
        failure ??= { error }
        wire.sendCopyFail('its input ended with an error')
      }
    }

    client.query({
      submit(connection: unknown) {
        // pg hands its own Connection to whatever is submitted; Wire names what is used of it.
        const wire = connection as Wire
        wire.query(text)
        return null
      },
      handleCopyInResponse(connection: unknown) {
        void feed(connection as Wire)
      },
      handleCommandComplete(message: { text: string }) {
        rows = Number(/\d+$/.exec(message.text)?.[0] ?? 0)
      },
      handleError(error: unknown) {
        over = true
        failure ??= { error }
        // A connection that is lost never gets ready again.
        reject(asError(failure.error))
      },
      handleReadyForQuery() {
        over = true
        resolve(rows)
      },
      handleRowDescription: () => undefined,
      handleDataRow: () => undefined,
      handleEmptyQuery: () => undefined,
      handlePortalSuspended: () => undefined,
    } as pg.Submittable)
  })
}

/** Until what was written has gone out, or can no more. */
function drained(wire: Wire): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      wire.stream.off('drain', done)
      wire.stream.off('close', done)
      resolve()
    }
    wire.stream.once('drain', done)
    wire.stream.once('close', done)
  })
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** One row in the text format of copy; null is nothing. */
export function copyLine(values: readonly (string | number | null)[]): string {
  return `${values.map((value) => (value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, escaped))).join('\t')}\n`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
function escaped(sign: string): string {
  return escapes[sign] ?? sign
}
