// What is known of an exchange before and after its first call: its row, where its records are, what the waiting file would become.

import { existsSync } from 'node:fs'

import { findSource } from '../../cdr/source.ts'
import type { ExchangeFacts } from '../../dialling/digit-analysis.ts'
import { csvUrl, exchangesIn, waitingFile } from '../../embedded/exchanges.ts'
import { Complaint } from '../../errors/complaint.ts'
import { sentenceFor } from '../../errors/sentence.ts'
import type { Report } from '../../import/check-report.ts'
import { checkInWords, lookAt } from '../../import/check-source.ts'
import { openReader } from '../../sources/registry.ts'
import type { Visit } from '../../web/page.ts'
import { callersIn, trunksIn } from './seen.ts'
import type { Caller, SeenCall, Trunk } from './seen.ts'

export interface Exchange extends ExchangeFacts {
  id: number
  name: string
  format: string
  time_zone: string
  billable_by: string
  mapping: string
}

/** Throws a Complaint when there is none of this name. */
export async function exchangeOf({ ask, params }: Visit): Promise<Exchange> {
  const [found] = await ask<Exchange>(
    `-- web: an exchange\nselect id, name, format, time_zone, country, area_code, outside_line, extension_digits, billable_by, mapping::text from source where name = $1`,
    [params['name'] ?? ''],
  )
  if (!found) throw new Complaint(`There is no exchange ${params['name'] ?? ''}.`)
  return found
}

export interface Looked {
  /** As `import -- --check` says it. */
  report?: Report
  /** Why it cannot be read. */
  complaint?: string
  calls: SeenCall[]
}

/** What the first ten thousand records there would become. Nothing is written. */
export async function lookThere({ db, ask }: Visit, { name }: Exchange, address: string): Promise<Looked> {
  try {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url) throw new Complaint('That is no address such as csv:///var/log/asterisk/cdr-csv/Master.csv.')
    const source = await findSource(db, name)
    const readable = { source, openReader: () => openReader(url, () => source.format) }
    const looked = await lookAt(db, readable)
    const made = looked.judged.filter(({ calldate }) => calldate !== undefined)
    const calls = await ask<SeenCall>(
      `-- web: the channels of these calls
      select src, dst, did, accountcode, channel, trunk_names(channel) as channel_names, trunk_names(dstchannel) as dstchannel_names
      from json_to_recordset($1) as seen (src text, dst text, did text, accountcode text, channel text, dstchannel text)`,
      [
        JSON.stringify(
          made.map(({ src = '', dst = '', did = null, accountcode = '', channel = '', dstchannel = '' }) => ({
            ...{ src, dst, did, accountcode, channel, dstchannel },
          })),
        ),
      ],
    )
    return { report: checkInWords(readable, looked), calls }
  } catch (error) {
    return { complaint: sentenceFor(error), calls: [] }
  }
}

/** The file that was uploaded and is not read yet; undefined when there is none. */
export async function lookAtWaiting(
  visit: Visit,
  exchange: Exchange,
  folder: string,
): Promise<Looked | undefined> {
  const file = folder === '' ? '' : waitingFile(folder, exchange.name)
  return existsSync(file) ? lookThere(visit, exchange, csvUrl(file)) : undefined
}

/** Of the calls that came last. */
export async function callsOf({ ask }: Visit, { id }: Exchange): Promise<SeenCall[]> {
  return ask<SeenCall>(
    `-- web: the last calls of an exchange
    select src, dst, did, accountcode, channel, trunk_names(channel) as channel_names, trunk_names(dstchannel) as dstchannel_names
    from (select * from paidcalls order by id desc limit 20000) newest where source_id = $1 limit 5000`,
    [id],
  )
}

/** Where its records are, without the password; undefined: nobody reads it here. */
export async function addressOf(folder: string, name: string): Promise<string | undefined> {
  const address = folder === '' ? undefined : (await exchangesIn(folder)).get(name)
  return address?.replace(/:[^:@/]*@/, ':…@')
}

export interface Proposed {
  trunks: Trunk[]
  callers: Caller[]
}

/** Trunks that are no provider yet, and callers that nobody owns yet. Callers are those over known trunks and over `chosen` ones. */
export async function proposedOf(
  { ask }: Visit,
  exchange: Exchange,
  calls: readonly SeenCall[],
): Promise<Proposed> {
  const names = [...new Set(calls.flatMap((call) => [...call.channel_names, ...call.dstchannel_names]))]
  const known = await ask<{ channel: string }>(
    `-- web: which of these are trunks?\nselect channel from provider where channel = any ($1)`,
    [names],
  )
  const providers = new Set(known.map(({ channel }) => channel))
  const callers = callersIn(calls, exchange, providers)
  const owned = await ask<{ kind: string; callerid: string }>(
    `-- web: who of these is owned?
    select kind, callerid from json_to_recordset($1) as seen (kind text, callerid text)
    where exists (
      select from callerid owner where owner.kind = seen.kind and callerid_key(owner.kind, owner.callerid) = callerid_key(seen.kind, seen.callerid)
        and (owner.source_id is null or owner.source_id = $2) and upper_inf(owner.valid))`,
    [JSON.stringify(callers), exchange.id],
  )
  const isOwned = new Set(owned.map(({ kind, callerid }) => `${kind} ${callerid}`))
  return {
    trunks: trunksIn(calls, exchange, providers),
    callers: callers.filter(({ kind, callerid }) => !isOwned.has(`${kind} ${callerid}`)),
  }
}
