// Which formats and which stores of records import knows. A new one is a file beside this and a line here.

import { Complaint } from '../config.ts'
import { asterisk } from './asterisk.ts'
import { cdrPusher } from './cdr-pusher.ts'
import { cdrStats } from './cdr-stats.ts'
import { readCsv } from './csv.ts'
import { freeswitch } from './freeswitch.ts'
import { kamailio } from './kamailio.ts'
import { readMysql } from './mysql.ts'
import type { Format, Reader } from './reader.ts'
import { readSqlite } from './sqlite.ts'

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
  ['sqlite:', readSqlite],
  ['csv:', readCsv],
])

/** Throws a Complaint for what is not known. */
export function formatOf(name: string): Format {
  const format = formats.get(name)
  if (!format)
    throw new Complaint(
      `Records of format ${name} cannot be imported yet; ${[...formats.keys()].join(', ')} can.`,
    )
  return format
}

/** Throws a Complaint for what is not known. */
export function openReader(url: URL, format: Format): Reader {
  const store = stores.get(url.protocol)
  if (!store) {
    const known = [...stores.keys()].map((protocol) => `${protocol}//`).join(', ')
    throw new Complaint(`Records cannot be read from ${url.protocol}// yet; CDR_URL may begin with ${known}.`)
  }
  return store(url, format)
}
