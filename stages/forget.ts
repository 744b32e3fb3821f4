// forget: numbers that are no longer needed. A program for people, not a stage.
//   npm run forget -- --number +493012345678 [--dry-run]     who this number called, and who called it
//   npm run forget -- --client 5 [--dry-run]                 the numbers in all calls of a client
//   npm run forget -- --due [--dry-run]                      what is kept for longer than KEEP_NUMBERS_MONTHS and keep_numbers say
//   npm run forget -- --source trial [--dry-run]             all that was read from a source that was tried by mistake
//   npm run forget -- --number … | --client … --show [--out FILE]    all that is held, as one file

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { forgetDue } from '../shared/forget/due.ts'
import { forgetClient, forgetNumber } from '../shared/forget/forget.ts'
import type { Asked, Forgotten } from '../shared/forget/forget.ts'
import { readNumber } from '../shared/forget/number.ts'
import type { Sought } from '../shared/forget/number.ts'
import { rowsOfClient, rowsOfNumber, writeHeld } from '../shared/forget/show.ts'
import { heldOfSource, takeSourceAway } from '../shared/forget/source.ts'
import type { Staying } from '../shared/forget/staying.ts'
import { readWhole } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { readKeepNumbers } from '../shared/program/keep-config.ts'
import { pause } from '../shared/program/pause.ts'
import { runProgram } from '../shared/program/program.ts'
import { grouped } from '../shared/text/number.ts'
import { printable } from '../shared/text/printable.ts'
import { showProgress } from '../shared/text/progress.ts'
import type { Progress } from '../shared/text/progress.ts'

type Whom = { sought: Sought } | { client: number }

async function forget(db: Database, whom: Whom, dryRun: boolean, stop: AbortSignal): Promise<void> {
  const named = 'client' in whom ? { client: whom.client } : { number: `${whom.sought.number.slice(0, 3)}…` }
  let progress: Progress | undefined
  const asked: Asked = {
    dryRun,
    stop,
    step: (of) => {
      progress ??= showProgress('forget', of)
      progress.add(1)
    },
  }
  if (!dryRun) await note(db, { ...named, what: 'begins' })
  const done =
    'client' in whom ? await forgetClient(db, whom.client, asked) : await forgetNumber(db, whom.sought, asked)
  progress?.stop()
  const { calls, records, rows } = done
  if (!dryRun) await note(db, { ...named, what: stop.aborted ? 'stopped' : 'ends', calls, records, rows })
  say(done, dryRun)
  if (stop.aborted) throw new Complaint('Stopped before the end: the same command goes on.')
}

async function note(db: Database, said: Record<string, unknown>): Promise<void> {
  await db.query(`-- forget: who had what forgotten\nselect note_forgetting($1)`, [JSON.stringify(said)])
}

const whyLeft: Partial<Record<string, string>> = {
  calls: 'with calls that stay',
  decisions: 'with calls that stay',
  records: 'with calls that stay',
  exchange: 'not imported yet',
  words: 'of what is still going on',
  passing: 'goes by itself within 16 days',
  kept: 'kept by people: end or delete the row there, then forget again',
}

const stays = ({ why, until, calls }: Staying): string =>
  `${grouped(calls)} calls stay: ${why}${until === null ? '' : ` (${until})`}`

function say({ calls, records, rows, staying, left }: Forgotten, dryRun: boolean): void {
  const lines = [
    `${grouped(calls)} calls, ${grouped(records)} records that became no call and ${grouped(rows)} other rows ${dryRun ? 'would be' : 'are'} forgotten`,
    ...staying.map(stays),
    ...left.map(
      ({ table, kind, rows: count }) => `${grouped(count)} rows of ${table} stay: ${whyLeft[kind] ?? kind}`,
    ),
  ]
  for (const line of lines) process.stdout.write(`forget: ${printable(line)}\n`)
}

async function forgetWhatIsDue(db: Database, dryRun: boolean, stop: AbortSignal): Promise<void> {
  const months = readKeepNumbers(process.env)
  if (!dryRun) await note(db, { what: 'begins', months })
  const { calls, rows, staying, finished } = await forgetDue(db, months, () => !stop.aborted, dryRun)
  if (!dryRun) await note(db, { what: finished ? 'ends' : 'stopped', calls, rows })
  const kept = months === null ? 'for ever, but where keep_numbers says otherwise' : `for ${months} months`
  const lines = [
    `numbers are kept ${kept}`,
    `${grouped(calls)} calls${dryRun ? ' would be' : ` and ${grouped(rows)} other rows are`} forgotten`,
    ...staying.map(stays),
  ]
  for (const line of lines) process.stdout.write(`forget: ${printable(line)}\n`)
  if (stop.aborted) throw new Complaint('Stopped before the end: the same command goes on.')
}

async function forgetSource(db: Database, name: string, dryRun: boolean, stop: AbortSignal): Promise<void> {
  const held = await heldOfSource(db, name)
  if (held.billed !== null)
    throw new Complaint(
      `Calls of source ${name} are on statement ${held.billed}: it cannot be taken away any more.`,
    )
  const worth = held.totals.length > 0 ? `, worth ${held.totals.join(' and ')},` : ''
  if (dryRun) {
    const counted = `${grouped(held.records)} records and ${grouped(held.calls)} calls${worth}`
    process.stdout.write(`forget: ${printable(`${counted} of source ${name} would be taken away`)}\n`)
    return
  }
  await note(db, { source: name, what: 'begins' })
  const progress = showProgress('forget', held.records)
  const taken = await takeSourceAway(db, name, {
    stop,
    step: ({ records }) => {
      progress.add(records)
    },
    wait: () => pause(1_000, stop),
  }).finally(() => {
    progress.stop()
  })
  await note(db, { source: name, what: stop.aborted ? 'stopped' : 'ends', ...taken })
  if (stop.aborted) throw new Complaint('Stopped before the end: the same command goes on.')
  const counted = `${grouped(taken.records)} records and ${grouped(taken.calls)} calls${worth}`
  process.stdout.write(
    `forget: ${printable(`${counted} are taken away, and source ${name} is disabled; delete it, or enable it to read it anew`)}\n`,
  )
}

async function show(db: Database, whom: Whom, file: string | undefined): Promise<void> {
  const path =
    file ?? ('client' in whom ? `held-client-${whom.client}.json` : `held-${whom.sought.number}.json`)
  const count =
    'client' in whom
      ? await writeHeld(path, { client: whom.client }, rowsOfClient(db, whom.client))
      : await writeHeld(path, { number: whom.sought.number }, rowsOfNumber(db, whom.sought))
  process.stdout.write(`forget: ${grouped(count)} rows in ${printable(path)}\n`)
}

async function whomOf(db: Database, number: string | undefined, client: string | undefined): Promise<Whom> {
  if (client !== undefined) {
    const id = readWhole('--client', client)
    const { rowCount } = await db.query(
      `-- forget: is there such a client?\nselect from client where id = $1`,
      [id],
    )
    if (rowCount === 0) throw new Complaint(`There is no client ${id}.`)
    return { client: id }
  }
  const { rows } = await db.query<{ country: string }>(
    `-- forget: where do exchanges stand?\nselect distinct country from source where country is not null`,
  )
  return {
    sought: readNumber(
      number ?? '',
      rows.map(({ country }) => country),
    ),
  }
}

runProgram(import.meta.url, 'forget', async (stop) => {
  const { values } = parseArgs({
    options: {
      number: { type: 'string' },
      client: { type: 'string' },
      due: { type: 'boolean', default: false },
      source: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  })
  const { number, client, source } = values
  const asked = [number, client, source, values.due || undefined].filter((one) => one !== undefined)
  if (asked.length !== 1)
    throw new Complaint('Say what to forget: --number +49…, --client 5, --source NAME or --due.')
  if (values.show && number === undefined && client === undefined)
    throw new Complaint('--show goes with --number or --client.')
  if (values.out !== undefined && !values.show) throw new Complaint('--out goes with --show.')
  const dryRun = values['dry-run']
  await withMigrated(readConfig(process.env).databaseUrl, 'forget', async (db) => {
    if (values.due) return forgetWhatIsDue(db, dryRun, stop)
    if (source !== undefined) return forgetSource(db, source, dryRun, stop)
    const whom = await whomOf(db, number, client)
    await (values.show ? show(db, whom, values.out) : forget(db, whom, dryRun, stop))
  })
})
