// Pieces of a file, some of which are asked for before the first is written. Pure.

/** The same pieces, the first so many asked for already: what is wrong with the question is thrown here, and not in the midst. */
export async function ahead<Piece>(
  pieces: AsyncIterable<Piece>,
  many: number,
): Promise<AsyncGenerator<Piece, void>> {
  const rest = pieces[Symbol.asyncIterator]()
  const first: Piece[] = []
  while (first.length < many) {
    const next = await rest.next()
    if (next.done === true) break
    first.push(next.value)
  }
  return (async function* () {
    yield* first
    yield* { [Symbol.asyncIterator]: () => rest }
  })()
}
