// Several prepared statements in one packet with one Sync: one round trip, however many statements.
// Measured at 1.6 times the rate of the same statements as queries of their own (docs/decisions/0002).

import type pg from 'pg'
import utils from 'pg/lib/utils.js'

import { codeOf } from '../errors/whose-fault.ts'

/** A statement by its prepared name, with what to bind. */
export interface Step {
  query: string
  values: readonly unknown[]
}

/** What one statement answered: its first column of its first row as text (null when there is none), and the rows it touched. */
export interface Answer {
  text: string | null
  rowCount: number
}

/** A packet that failed. `answers` are of the statements before the one that failed. */
export class PacketError extends Error {
  readonly answers: readonly Answer[]
  /** SQLSTATE, or the code of a system error. */
  readonly code: string | undefined
  constructor(cause: unknown, answers: readonly Answer[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.code = codeOf(cause)
    this.answers = answers
  }
}

// The part of pg's wire connection that is used here; its published types describe an older one.
interface Wire {
  stream: { cork(): void; uncork(): void }
  parse(message: { name: string; text: string; types: number[] }): void
  bind(message: {
    statement: string
    portal: string
    values: readonly unknown[]
    binary: boolean
    valueMapper: (value: unknown) => unknown
  }): void
  execute(message: { portal: string; rows: number }): void
  sync(): void
}

/** Prepares named statements on a connection, in one round trip. */
export function prepare(client: pg.Client, queries: Readonly<Record<string, string>>): Promise<void> {
  return submit(client, (wire) => {
    for (const [name, text] of Object.entries(queries)) wire.parse({ name, text, types: [] })
  }).then(() => undefined)
}

const preparedOn = new WeakMap<pg.Client, Map<string, string>>()

/** Prepares of named statements those that are not prepared on this connection yet. */
export async function prepareOnce(
  client: pg.Client,
  queries: Readonly<Record<string, string>>,
): Promise<void> {
  const prepared = preparedOn.get(client) ?? new Map<string, string>()
  const missing = Object.entries(queries).filter(([name, text]) => prepared.get(name) !== text)
  if (missing.length === 0) return
  await prepare(client, Object.fromEntries(missing))
  for (const [name, text] of missing) prepared.set(name, text)
  preparedOn.set(client, prepared)
}

/** Sends the steps as one packet. Statements after one that fails are not run; rejects with a PacketError. */
export function send(client: pg.Client, steps: readonly Step[]): Promise<Answer[]> {
  return submit(client, (wire) => {
    for (const { query, values } of steps) {
      wire.bind({ statement: query, portal: '', values, binary: false, valueMapper: utils.prepareValue })
      wire.execute({ portal: '', rows: 0 })
    }
  })
}

function submit(client: pg.Client, write: (wire: Wire) => void): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = []
    let text: string | null = null
    const packet = {
      submit(connection: unknown) {
        // pg hands its own Connection to whatever is submitted; Wire names what is used of it.
        const wire = connection as Wire
        wire.stream.cork()
        try {
          write(wire)
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error))
        } finally {
          wire.sync()
          wire.stream.uncork()
        }
        return null
      },
      handleDataRow(message: { fields: (string | null)[] }) {
        text ??= message.fields[0] ?? null
      },
      handleCommandComplete(message: { text: string }) {
        answers.push({ text, rowCount: Number(/\d+$/.exec(message.text)?.[0] ?? 0) })
        text = null
      },
      handleError(error: unknown) {
        reject(new PacketError(error, answers))
      },
      handleReadyForQuery() {
        resolve(answers)
      },
      handleRowDescription: () => undefined,
      handleEmptyQuery: () => undefined,
      handlePortalSuspended: () => undefined,
    }
    client.query(packet)
  })
}
