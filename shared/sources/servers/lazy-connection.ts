// A connection to the server of a source that is made when something is asked, and dropped when it is lost.

import { createPatience } from './patience.ts'

export interface LazyConnection<Connection> {
  /** Asks over the connection, made anew if there is none. An answer that is late by `timeoutMs` is for the question to give up. */
  use: <Answer>(
    question: (connection: Connection, timeoutMs: number) => Promise<Answer>,
    timeoutMs?: number,
  ) => Promise<Answer>
  /** What is under way fails; the next question connects anew. */
  drop: () => void
}

/** `isLost` says whether an error ended the connection; an answer of the server leaves it as it was. */
export function connectLazily<Connection>(
  connect: () => Promise<Connection>,
  close: (connection: Connection) => unknown,
  isLost: (error: unknown) => boolean,
): LazyConnection<Connection> {
  let connection: Promise<Connection> | undefined
  const patience = createPatience()
  const drop = (): void => {
    void connection?.then(close, () => undefined)
    connection = undefined
  }
  return {
    async use(question, timeoutMs = patience.ms()) {
      try {
        connection ??= connect()
        const connected = await connection
        return await patience.learn(question(connected, timeoutMs))
      } catch (error) {
        if (isLost(error)) drop()
        throw error
      }
    },
    drop,
  }
}
