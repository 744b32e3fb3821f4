// A folder with a file a call, as mod_json_cdr and mod_xml_cdr write them, with the folders in it.
//
// - Files are read in the order in which they came into the folder (ctime: copied and moved ones come when they come, whatever date
//   they bear), and not again while this process lasts. Read again after a restart they add nothing: a record is known by its bytes.
// - One that cannot be read yet may still be being written, and is waited for; after a minute it is kept with its reason.

import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'

import { Complaint } from '../../errors/complaint.ts'
import { codeOf } from '../../errors/whose-fault.ts'
import { textOf } from '../record/bytes.ts'
import type { Format } from '../record/format.ts'
import { bytesMost } from '../incremental/weight.ts'
import { hashOf, occurrenceKey } from '../record/keys.ts'
import type { Batch, DayPart, Position, Reader, ReadRecord, SourceRecord } from '../record/reader.ts'
import { textInFirst } from '../record/record.ts'
import { lackOf } from '../record/wanted.ts'
import { recordsOfJson } from './json.ts'
import { pathIn } from './path.ts'
import { recordsOfXml } from './xml.ts'

const filesMost = 1_000
const fileBytesMost = 4 * 1024 * 1024
const keptOfUnreadable = 4_000
const settledMs = 60_000
// Two files may come in one moment, and be listed one after the other.
const lookBackMs = 5_000
const lookedAt = 20

interface Found {
  name: string
  came: number
  bytes: number
}

type Parse = (text: string) => SourceRecord[] | undefined

/** `json:///path/to/folder`: the files in it that end in .json. */
export function readJsonFolder(url: URL, format: Format): Reader {
  return readFolder(url, format, '.json', recordsOfJson)
}

/** `xml:///path/to/folder`: the files in it that end in .xml. */
export function readXmlFolder(url: URL, format: Format): Reader {
  return readFolder(url, format, '.xml', recordsOfXml)
}

function readFolder(url: URL, format: Format, ending: string, parse: Parse): Reader {
  const folder = pathIn(url)
  const kind = `${ending.slice(1)} folder`
  // Files read, and with which batch: one that was not stored is read again.
  const read = new Map<string, number>()

  const newFiles = async (after: number): Promise<Found[]> => {
    const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
      .map((entry) => join(entry.parentPath, entry.name))
    const found: Found[] = []
    for (const name of names) {
      if (read.has(name)) continue
      const file = await stat(name).catch(() => undefined)
      if (file && file.ctimeMs >= after)
        found.push({ name, came: Math.floor(file.ctimeMs), bytes: file.size })
      else read.set(name, 0)
    }
    return found.sort((one, other) => one.came - other.came || (one.name < other.name ? -1 : 1))
  }

  return {
    open: async () => {
      const found = await stat(folder).catch(() => undefined)
      if (!found) throw new Complaint(`There is no folder ${folder}: check the path in CDR_URL.`)
      if (!found.isDirectory())
        throw new Complaint(`${folder} is no folder: CDR_URL must name the folder itself.`)
      const records: SourceRecord[] = []
      for (const file of (await newFiles(0)).slice(-lookedAt))
        records.push(
          ...(await recordsIn(file.name, parse)).flatMap(({ record, unreadable }) =>
            unreadable === undefined ? [record] : [],
          ),
        )
      const columns = [...new Set(records.flatMap((record) => Object.keys(record)))]
      const lack = records.length === 0 ? undefined : lackOf(`A file in ${folder}`, columns, format)
      if (lack !== undefined) throw new Complaint(lack)
    },
    read: async (position): Promise<Batch> => {
      const { through, batch } = placeIn(position)
      for (const [name, of] of read) if (of > batch) read.delete(name)
      const found = await newFiles(through - lookBackMs)
      const records: ReadRecord[] = []
      let [reached, bytes, taken] = [through, 0, 0]
      for (const file of found.slice(0, filesMost)) {
        if (taken > 0 && bytes + file.bytes > bytesMost) break
        const inIt = await recordsIn(file.name, parse)
        const mayGoOn =
          inIt.some(({ unreadable }) => unreadable !== undefined) && Date.now() - file.came < settledMs
        taken++
        // Nothing behind it is passed over when this process ends.
        if (mayGoOn) break
        records.push(...inIt)
        bytes += file.bytes
        reached = Math.max(reached, file.came)
        read.set(file.name, batch + 1)
      }
      return {
        records,
        position: records.length === 0 ? position : { kind, through: reached, batch: batch + 1 },
        more: records.length > 0 && taken < found.length,
        ahead: true,
      }
    },
    countDays: async function* () {
      const names = await readdir(folder, { recursive: true, withFileTypes: true })
      for (const entry of names) {
        if (!entry.isFile() || !entry.name.endsWith(ending)) continue
        for (const { record } of await recordsIn(join(entry.parentPath, entry.name), parse))
          yield {
            written: textInFirst(record, format.began).slice(0, 10),
            records: 1,
            billsec: textInFirst(record, format.billsec),
          } satisfies DayPart
      }
    },
    close: () => Promise.resolve(),
  }

  function placeIn(position: Position): { through: number; batch: number } {
    if (position['kind'] !== kind) return { through: 0, batch: 0 }
    return { through: Number(position['through']), batch: Number(position['batch']) }
  }
}

/** What stands in a file: its records, or why it has none. Nothing when it is gone meanwhile. */
async function recordsIn(name: string, parse: Parse): Promise<ReadRecord[]> {
  const content = await contentOf(name)
  if (content === undefined) return []
  const key = hashOf(content)
  const refuse = (unreadable: string): ReadRecord[] => [
    { source_key: key, record: { line: textOf(content.subarray(0, keptOfUnreadable)) }, unreadable },
  ]
  if (content.length > fileBytesMost) return refuse('the file is larger than 4 MB')
  const records = parse(textOf(content))
  if (!records) return refuse(`${basename(name)} cannot be read as ${extname(name).slice(1).toUpperCase()}`)
  return records.map((record, at) => ({ source_key: occurrenceKey(key, at + 1), record }))
}

/** Of a file that is too large no more than shows it. */
async function contentOf(name: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(name)
    if (size <= fileBytesMost) return await readFile(name)
    const file = await open(name)
    try {
      const { buffer } = await file.read(Buffer.alloc(fileBytesMost + 1), 0, fileBytesMost + 1, 0)
      return buffer
    } finally {
      await file.close()
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
