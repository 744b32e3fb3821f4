// Which formats and which stores of records import knows. A new one is a file beside this and a line here.

import { Complaint } from '../errors/complaint.ts'
import { readCsv, readJsonLines } from './files/csv.ts'
import { readJsonFolder, readXmlFolder } from './files/folder.ts'
import { recordOfTree } from './files/json.ts'
import { readSqlite } from './files/sqlite.ts'
import { asterisk } from './formats/asterisk.ts'
import { cdrPusher } from './formats/cdr-pusher.ts'
import { cdrStats } from './formats/cdr-stats.ts'
import { freeswitch } from './formats/freeswitch.ts'
import { kamailio } from './formats/kamailio.ts'
import { withRules } from './mapping-and-filter.ts'
import type { Format } from './record/format.ts'
import type { Batch, Reader, SourceRecord } from './record/reader.ts'
import { readMysql } from './servers/mysql.ts'
import { readPostgres } from './servers/postgres.ts'

/** What stands in source.format: how the exchange writes records. */
const formats = new Map<string, Format>([
  ['asterisk', asterisk],
  ['freeswitch', freeswitch],
  ['kamailio', kamailio],
  ['cdr-pusher', cdrPusher],
  ['cdr-stats', cdrStats],
])

/** What CDR_URL begins with: where it writes them. */
const stores = new Map<string, (url: URL, format: Format) => Reader>([
  ['mysql:', readMysql],
  ['mariadb:', readMysql],
  ['postgres:', readPostgres],
  ['postgresql:', readPostgres],
  ['sqlite:', readSqlite],
  ['csv:', readCsv],
  ['jsonl:', readJsonLines],
  ['json:', readJsonFolder],
  ['xml:', readXmlFolder],
])

/** Columns of table source that say how its records are read. */
export interface MappingAndFilter {
  format: string
  mapping: unknown
  filter: unknown
}

/** The format as the administrator has it. Throws a Complaint for what is not known or not understood. */
export function formatOf({ format: name, mapping, filter }: MappingAndFilter): Format {
  const format = formats.get(name)
  if (!format)
    throw new Complaint(
      `Records of format ${name} cannot be imported yet; ${[...formats.keys()].join(', ')} can.`,
    )
  return withRules(format, mapping, filter)
}

/** A record that is handed in as an object of JSON: the same as if it were read from a line of a file. */
export function recordHandedIn(tree: Record<string, unknown>): SourceRecord {
  return recordOfTree(tree)
}

/**
 * A reader that begins anew, where the position says, when the format has become another: an administrator may edit its rules
 * at any time. Throws a Complaint for what is not known.
 */
export function openReader(url: URL, formatNow: () => Format): Reader {
  const store = stores.get(url.protocol)
  if (!store) {
    const known = [...stores.keys()].map((protocol) => `${protocol}//`).join(', ')
    throw new Complaint(`Records cannot be read from ${url.protocol}// yet; CDR_URL may begin with ${known}.`)
  }
  let format = formatNow()
  let reader = store(url, format)
  const now = (): Reader => {
    if (formatNow() === format) return reader
    void reader.close()
    format = formatNow()
    reader = store(url, format)
    return reader
  }
  return {
    open: () => now().open(),
    read: async (position) => withTable(await now().read(position), url, format),
    countDays: () => now().countDays(),
    close: () => reader.close(),
  }
}

function withTable(batch: Batch, url: URL, { namedTables }: Format): Batch {
  const table = url.searchParams.get('table')?.split('.').at(-1)
  if (table === undefined || !namedTables?.includes(table)) return batch
  const records = batch.records.map((read) => ({ ...read, record: { ...read.record, table } }))
  return { ...batch, records }
}
