// Pieces of a file, some of which are asked for before the first is written. Pure.

/**
 * The same pieces, the first so many asked for already: what is wrong with the question is thrown here, and not in the midst. Who stops
 * before the first piece stops what makes them, too.
 */
export async function ahead<Piece>(
  pieces: AsyncIterable<Piece>,
  many: number,
): Promise<AsyncIterableIterator<Piece>> {
  const rest = pieces[Symbol.asyncIterator]()
  const first: IteratorResult<Piece>[] = []
  while (first.length < many && first.at(-1)?.done !== true) first.push(await rest.next())
  const all: AsyncIterableIterator<Piece> = {
    next: () => {
      const next = first.shift()
      return next ? Promise.resolve(next) : rest.next()
    },
    return: async (value?: unknown) => {
      first.length = 0
      await rest.return?.()
      return { done: true, value }
    },
    [Symbol.asyncIterator]: () => all,
  }
  return all
}
