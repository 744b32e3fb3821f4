// The exchanges that npm start reads: DATA_DIR/exchanges.env says where each keeps its records, DATA_DIR/incoming holds files that were uploaded.

import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseEnv } from 'node:util'

import { Complaint } from '../errors/complaint.ts'

const fileIn = (folder: string): string => join(folder, 'exchanges.env')

/** Where the records of each exchange are, by its name: SOURCE_1 and CDR_URL_1, SOURCE_2 and CDR_URL_2 … */
export async function exchangesIn(folder: string): Promise<Map<string, string>> {
  const file = fileIn(folder)
  const settings = existsSync(file) ? parseEnv(await readFile(file, 'utf8')) : {}
  return new Map(
    Object.entries(settings).flatMap(([name, source]) => {
      const url = settings[name.replace(/^SOURCE/, 'CDR_URL')]
      return /^SOURCE(_\d+)?$/.test(name) && source && url ? [[source, url] as const] : []
    }),
  )
}

/** Has the exchange read from there on. Its password, if it has one, stands in a file that nobody else may read. */
export async function readFrom(folder: string, source: string, url: string): Promise<void> {
  const all = (await exchangesIn(folder)).set(source, url)
  const quoted = (text: string): string => {
    if (/["\r\n\\]/.test(text))
      throw new Complaint('A name or an address of an exchange holds no ", no \\ and no line end.')
    return `"${text}"`
  }
  const lines = [...all].map(
    ([name, from], at) => `SOURCE_${at + 1}=${quoted(name)}\nCDR_URL_${at + 1}=${quoted(from)}\n`,
  )
  const beside = `${fileIn(folder)}.new`
  await writeFile(beside, lines.join(''), { mode: 0o600 })
  await chmod(beside, 0o600)
  await rename(beside, fileIn(folder))
}

// How files of records end, by what CDR_URL begins with; json:// and xml:// name folders, of which only such files are read.
const endings: Readonly<Record<string, RegExp>> = {
  'csv:': /\.(csv|txt|log|cdr)$/i,
  'jsonl:': /\.(jsonl?|ndjson|txt|log)$/i,
  'sqlite:': /\.(db|sqlite3?)$/i,
  'json:': /./,
  'xml:': /./,
}

/** Throws a Complaint for an address that is typed at a page and leads to what is ours, the system's, or no file of records. */
export async function checkAddress(folder: string, address: string): Promise<void> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const ending = endings[url?.protocol ?? '']
  if (!url || !ending) return
  const named = await Promise.resolve(url.pathname)
    .then((written) => resolve(decodeURIComponent(written)))
    .catch(() => url.pathname)
  const [path, own] = await Promise.all([named, folder].map((one) => realpath(one).catch(() => resolve(one))))
  const isOurs = `${path ?? ''}/`.startsWith(`${own ?? ''}/`)
  if (isOurs || !ending.test(path ?? '') || /^\/(etc|proc|sys|dev|run|root)(\/|$)/.test(path ?? ''))
    throw new Complaint(
      `${named} is where no exchange keeps its records: a file of records ends in .csv, .log or so, and is none of paidcalls' own or of the system. Others are named in exchanges.env.`,
    )
}

function incoming(folder: string, source: string): string {
  if (!/^[\p{L}\p{N}_-][\p{L}\p{N}_. -]{0,63}$/u.test(source))
    throw new Complaint(
      `Files of an exchange go into a folder of its name, and ${source} can be none: letters, digits, dashes and dots can.`,
    )
  return join(folder, 'incoming', source)
}

const named = 'Master.csv'

/** A file that was uploaded for this exchange and is looked at, but not read yet. */
export const waitingFile = (folder: string, source: string): string =>
  join(incoming(folder, source), 'waiting', named)

export const csvUrl = (path: string): string => pathToFileURL(path).href.replace(/^file:/, 'csv:')

/** Keeps an uploaded file, in the place of one that was not read. */
export async function keepWaiting(folder: string, source: string, uploaded: string): Promise<void> {
  const to = waitingFile(folder, source)
  await mkdir(join(incoming(folder, source), 'waiting'), { recursive: true, mode: 0o700 })
  await copyFile(uploaded, `${to}.new`)
  await endLine(`${to}.new`)
  await rename(`${to}.new`, to)
}

export const dropWaiting = (folder: string, source: string): Promise<void> =>
  rm(waitingFile(folder, source), { force: true })

/** Has the waiting file read by import: the one before stays beside it, as one that was rotated. */
export async function takeWaiting(folder: string, source: string): Promise<void> {
  const [waiting, current] = [waitingFile(folder, source), join(incoming(folder, source), named)]
  if (!existsSync(waiting))
    throw new Complaint('There is no file that waits to be read: it was taken already.')
  if (existsSync(current)) {
    const { mtimeMs } = await stat(current)
    await rename(current, `${current}.${Math.floor(mtimeMs)}`)
  }
  await rename(waiting, current)
  await readFrom(folder, source, csvUrl(current))
}

/** A last line without its end would be waited for. */
async function endLine(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await file.read(last, 0, 1, size - 1)
    if (size > 0 && last[0] !== 0x0a) await appendFile(path, '\n')
  } finally {
    await file.close()
  }
}
