// Decisions of any age, on the line or in the archive, as parts of queries.

/** The latest decision of each call. `where` holds for the archive alone, whose partitions it leaves out. */
export function latestDecisions(columns: string, archivedWhere: string): string {
  const latest = (table: string, where: string): string =>
    `(select distinct on (call_id) ${columns} from ${table}${where} order by call_id desc, nr desc)`
  return `${latest('rating_decision', '')}
  union all
  ${latest('archived_decision', archivedWhere)}`
}

/** One decision, for a lateral join; both are names in the query around it. */
export function decisionOf(columns: string, call: string, nr: string): string {
  const one = (table: string): string =>
    `select ${columns} from ${table} where call_id = ${call} and nr = ${nr}`
  return `(
  ${one('rating_decision')}
  union all
  ${one('archived_decision')}
  limit 1
)`
}
