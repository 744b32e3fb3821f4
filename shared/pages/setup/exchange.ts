// One exchange, from its first record to its first price.

import { checkAddress, dropWaiting, keepWaiting, readFrom, takeWaiting } from '../../embedded/exchanges.ts'
import { Complaint } from '../../errors/complaint.ts'
import { html, phrase } from '../../text/html.ts'
import type { Done, Page, ShownOnce, Visit } from '../../web/page.ts'
import { addressPart, callersPart, recordsPart, settingsPart, trunksPart } from './exchange-parts.ts'
import { addressOf, callsOf, exchangeOf, lookAtWaiting, lookThere, proposedOf } from './look.ts'
import type { Exchange } from './look.ts'
import { choicesOf } from '../tables/choices.ts'
import { newClient } from './new-client.ts'

/** The columns a form of an exchange fills; an empty text is none. */
export function exchangeValues(form: Readonly<Record<string, string>>): (string | null)[] {
  const text = (name: string): string | null => form[name]?.trim() || null
  const digits = (form['extension_digits'] ?? '').split(/[\s,;]+/).filter((one) => one !== '')
  const wrong = digits.find((one) => !/^\d{1,2}$/.test(one))
  if (wrong !== undefined) throw new Complaint(`Extensions have so many digits, such as 3, 4; not ${wrong}.`)
  return [
    ...[text('format'), text('time_zone'), text('country')?.toUpperCase() ?? null, text('area_code')],
    ...[text('outside_line'), `{${digits.join(',')}}`],
  ]
}

/** `folder`: where npm start looks for exchanges; empty: they stand in .env. */
export function createExchange(folder: string): Page {
  return {
    path: '/sources/:name',
    title: 'Exchanges',
    roles: ['administrator'],
    menu: false,
    files: true,
    long: true,
    async show(visit) {
      const { person } = visit
      const exchange = await exchangeOf(visit)
      const waiting = await lookAtWaiting(visit, exchange, folder)
      const calls = waiting?.calls.length ? waiting.calls : await callsOf(visit, exchange)
      const proposed = await proposedOf(visit, exchange, calls)
      const address = await addressOf(folder, exchange.name)
      return {
        title: exchange.name,
        question:
          'Where do the records of this exchange come from, what do they become, and which trunks and callers does it have?',
        body: html`${recordsPart(exchange, { address, waiting, folder }, person)}
        ${trunksPart(proposed, person)}
        ${callersPart(proposed, await choicesOf(visit, 'client', phrase('a new client')), await choicesOf(visit, 'tarifplan', phrase('none yet')), person)}
        ${settingsPart(exchange, waiting, person)}`,
      }
    },
    async send(visit) {
      const exchange = await exchangeOf(visit)
      const does = visit.form['do'] ?? ''
      const action = Object.hasOwn(actions, does) ? actions[does] : undefined
      if (!action) throw new Complaint('This form is not known here.')
      const done = await action(visit, exchange, folder)
      return typeof done === 'string'
        ? { to: `/sources/${encodeURIComponent(exchange.name)}`, said: done }
        : done
    },
  }
}

type Action = (visit: Visit, exchange: Exchange, folder: string) => Promise<string | Done | ShownOnce>

const actions: Readonly<Record<string, Action>> = {
  async settings({ ask, form }, { id }) {
    await ask(
      `-- web: an exchange\nupdate source set format = $2, time_zone = $3, country = $4, area_code = $5, outside_line = $6, extension_digits = $7, mapping = $8 where id = $1`,
      [id, ...exchangeValues(form), form['mapping']?.trim() || '{}'],
    )
    return 'Saved. Calls that waited for this look again.'
  },
  async upload({ file }, { name }, folder) {
    here(folder)
    if (!file) throw new Complaint('Choose a file first.')
    await keepWaiting(folder, name, file.path)
    return `${file.name} is here. Below is what it would become.`
  },
  async take(_visit, { name }, folder) {
    await takeWaiting(here(folder), name)
    return 'It is being read.'
  },
  async drop(_visit, { name }, folder) {
    await dropWaiting(here(folder), name)
    return 'Forgotten.'
  },
  async look(visit, exchange, folder) {
    const address = (visit.form['address'] ?? '').trim()
    await checkAddress(here(folder), address)
    const looked = await lookThere(visit, exchange, address)
    return {
      shown: {
        title: exchange.name,
        question: 'What would the records there become?',
        body: addressPart(looked, address, visit.person),
      },
    }
  },
  async address(visit, exchange, folder) {
    const address = (visit.form['address'] ?? '').trim()
    await checkAddress(here(folder), address)
    const { complaint } = await lookThere(visit, exchange, address)
    if (complaint !== undefined) throw new Complaint(complaint)
    await readFrom(folder, exchange.name, address)
    return 'It is read from now on.'
  },
  async trunks({ ask, form }) {
    const chosen = chosenOf(form, 'trunk:')
    if (chosen.length === 0) throw new Complaint('Choose at least one trunk.')
    await ask(
      `-- web: trunks\ninsert into provider (name, channel) select regexp_replace(channel, '^[^/]*/', ''), channel from unnest($1::text[]) channel on conflict (channel) do nothing`,
      [chosen],
    )
    return `${chosen.length === 1 ? 'A trunk is' : `${chosen.length} trunks are`} known.`
  },
  async callers(visit, { id }) {
    const { form, db, ask } = visit
    const chosen = chosenOf(form, 'caller:').map((text) => /^([a-z]+):(.*)$/s.exec(text) ?? [])
    if (chosen.length === 0) throw new Complaint('Choose at least one caller.')
    await db.query('begin')
    const client = form['client'] || (await newClient(visit, form['name'] ?? '', form['plan'] ?? ''))
    await ask(
      `-- web: whose callers these are
      insert into callerid (client_id, kind, callerid, source_id)
      select $1::integer, kind, callerid, case when kind <> 'did' then $4::integer end from unnest($2::text[], $3::text[]) seen (kind, callerid)`,
      [client, chosen.map(([, kind]) => kind), chosen.map(([, , callerid]) => callerid), id],
    )
    await db.query('commit')
    return `${chosen.length} ${chosen.length === 1 ? 'has' : 'have'} an owner now.`
  },
}

const chosenOf = (form: Readonly<Record<string, string>>, start: string): string[] =>
  Object.keys(form)
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length))

function here(folder: string): string {
  if (folder === '')
    throw new Complaint('Exchanges of this installation stand in .env of the host that reads them.')
  return folder
}
