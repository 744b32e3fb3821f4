// A source whose records are now somewhere else: a CSV file before, a database now.

import type { Source } from '../cdr/source.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Batch, Position } from '../sources/record/reader.ts'

/**
 * Records have other keys in another kind of store, and would be kept once more. Throws a Complaint when records come from another
 * kind than the position is of; a position that was taken away is of none.
 */
export function refuseAnotherStore(
  { id, name }: Pick<Source, 'id' | 'name'>,
  before: Position,
  batch: Pick<Batch, 'records' | 'position'>,
): void {
  const [was, is] = [before['kind'], batch.position['kind']]
  if (typeof was !== 'string' || typeof is !== 'string' || was === is || batch.records.length === 0) return
  throw new Complaint(
    `${name} was read from ${was} and would now be read from ${is}, where calls that are here already would be doubled: if it holds none of them, update source_position set position = '{}' where source_id = ${id}; otherwise see "Moving" in docs/sources.md.`,
  )
}
