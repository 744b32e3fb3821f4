// Records in an SQLite file, as cdr_sqlite3_custom writes it, while the exchange goes on writing.
//
// A reader that keeps the file locked for over a second makes Asterisk drop records for ever. So every read is a single short
// statement without a transaction, fetched to its end at once, and it is read-only. Cells are read as bytes: the driver ends the whole
// process when text in the file is not UTF-8.

import { existsSync, statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import Libsql from 'libsql'

import { Complaint } from '../../errors/complaint.ts'
import { codeOf } from '../../errors/whose-fault.ts'
import { readKeyed } from '../incremental/by-key.ts'
import { createContentHash } from '../incremental/content-hash.ts'
import type { KeyedRow, KeyedTable } from '../incremental/keyed-table.ts'
import { fitting } from '../incremental/weight.ts'
import { cellOf } from '../record/bytes.ts'
import type { Format } from '../record/format.ts'
import type { DayPart, Reader, SourceRecord } from '../record/reader.ts'
import { firstColumn, recordOf } from '../record/record.ts'
import { lackOf } from '../record/wanted.ts'
import { pathIn } from './path.ts'

const countedAtOnce = 5_000
// For a writer that holds the file at this moment. The whole process waits, so it must be short.
const busyMs = 250

type Cell = Buffer | bigint | number | null

interface OpenFile {
  db: Libsql.Database
  inode: number
  columns: string[]
  /** Rowids are kept for good only if the table names them. */
  keepsRowids: boolean
  contentOf: (record: SourceRecord) => string
}

/** `sqlite:///path/master.db?table=cdr`. */
export function readSqlite(url: URL, format: Format): Reader {
  const path = pathIn(url)
  const name = url.searchParams.get('table') ?? 'cdr'
  let opened: OpenFile | undefined

  const close = (): void => {
    opened?.db.close()
    opened = undefined
  }
  /** The file that bears the name now: another one may have been put in its place. */
  const file = (): OpenFile => {
    if (opened && statSync(path).ino !== opened.inode) close()
    opened ??= openFile(path, name, format)
    return opened
  }
  const select = (what: string, where: string, values: readonly (bigint | number)[]): KeyedRow[] => {
    const { db, columns } = file()
    const cells = columns.map((column) => `cast(${quoted(column)} as blob)`).join(', ')
    const rows = db
      .prepare(`/* import: ${what} */ select rowid, ${cells} from ${quoted(name)} where ${where}`)
      .raw(true)
    const names = columns.map((column) => column.toLowerCase())
    // The driver's types do not know what raw rows hold.
    return (rows.all(...values) as Cell[][]).map(([id, ...row]) => ({
      id: BigInt(String(id)),
      record: recordOf(names, (at) => cellOf((row[at] ?? null) as Buffer | null)),
    }))
  }
  const weigh = (id: bigint, limit: number): number[] => {
    const { db, columns } = file()
    const bytes = columns.map((column) => `coalesce(length(cast(${quoted(column)} as blob)), 0)`).join(' + ')
    const rows = db
      .prepare(
        `/* import: how heavy are the next rows? */ select ${bytes} from ${quoted(name)} where rowid >= ? order by rowid limit ?`,
      )
      .raw(true)
      .all(id, limit) as number[][]
    return rows.map(([row]) => row ?? 0)
  }
  const table: KeyedTable = {
    contentOf: ({ record }) => file().contentOf(record),
    keepsIds: () => file().keepsRowids,
    upTo: (id, limit) =>
      Promise.resolve(select('rows before', 'rowid <= ? order by rowid desc limit ?', [id, limit]).reverse()),
    from: (id, limit) => {
      const weights = weigh(id, limit)
      const few = fitting(weights, 2)
      const rows = select('read on', 'rowid >= ? order by rowid limit ?', [
        id,
        few < weights.length ? few : limit,
      ])
      return Promise.resolve({ rows, more: few < weights.length || rows.length >= limit })
    },
    within: () => Promise.resolve([]),
    // Nothing is marked there: reading again is reading from the beginning.
    since: () => Promise.resolve(0n),
    below: () => Promise.resolve(undefined),
    unmarked: () => Promise.resolve({ rows: [], more: false }),
    mark: () => Promise.resolve(false),
  }
  return {
    open: async () => {
      const lack = lackOf(`The table ${name} in ${path}`, file().columns, format)
      if (lack !== undefined) throw new Complaint(lack)
      return Promise.resolve()
    },
    read: readKeyed(table, { kind: 'sqlite', gapsFill: false, mark: undefined }),
    countDays: async function* () {
      const { columns } = file()
      const [began, billsec] = [firstColumn(columns, format.began), firstColumn(columns, format.billsec)]
      for (let counted = -1n; ;) {
        const step = file()
          .db.prepare(
            `/* import: count the source */
            select cast(max(id) as text), written, count(*), cast(sum(cast(round(seconds * 1000000) as integer)) as text)
            from (
              select rowid as id, substr(cast(${began ? quoted(began) : "''"} as blob), 1, 10) as written,
                ${billsec ? quoted(billsec) : '0'} as seconds
              from ${quoted(name)} where rowid > ? order by rowid limit ?
            ) step
            group by written`,
          )
          .raw(true)
          .all(counted, countedAtOnce) as [string, Buffer | null, number, string][]
        for (const [id, written, records, microseconds] of step) {
          if (BigInt(id) > counted) counted = BigInt(id)
          yield { written: cellOf(written) ?? '', records, billsec: decimal(microseconds) } satisfies DayPart
        }
        if (step.length === 0) return
        // Between two steps the writer has its turn, and this process others to serve.
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    close: () => {
      close()
      return Promise.resolve()
    },
  }
}

function openFile(path: string, name: string, format: Format): OpenFile {
  if (!existsSync(path)) throw new Complaint(`There is no file ${path}: check the path in CDR_URL.`)
  if (!statSync(path).isFile())
    throw new Complaint(`${path} is no file: CDR_URL must name the SQLite file itself.`)
  const inode = statSync(path).ino
  const db = new Libsql(`${pathToFileURL(path).href}?mode=ro`, { timeout: busyMs })
  try {
    const columns = db
      .prepare(`/* import: look at the table */ select name, pk, upper(type) from pragma_table_info(?)`)
      .raw(true)
      .all(name) as [string, number, string][]
    if (columns.length === 0)
      throw new Complaint(`There is no table ${name} in ${path}: name it in CDR_URL with ?table=.`)
    const primary = columns.filter(([, pk]) => pk > 0)
    const keepsRowids = primary.length === 1 && primary[0]?.[2] === 'INTEGER'
    const names = columns.map(([column]) => column)
    return { db, inode, columns: names, keepsRowids, contentOf: createContentHash(names, format) }
  } catch (error) {
    db.close()
    if (codeOf(error) === 'SQLITE_NOTADB') throw new Complaint(`${path} is no SQLite file.`)
    throw error
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function decimal(microseconds: string | null): string {
  const micro = BigInt(microseconds ?? '0')
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`
}
