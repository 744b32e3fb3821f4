// Prices that come into a plan by its page: one, or a whole list, by the way all lists come.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { loadDeck } from '../../decks/load.ts'
import { fileIn, givenBy } from '../../decks/options.ts'
import { rehearse } from '../../decks/rehearsal.ts'
import { Complaint } from '../../errors/complaint.ts'
import type { Call, Stage } from '../../line/stage.ts'
import { csvLine } from '../../text/csv.ts'
import type { KeptFiles } from '../../web/kept-files.ts'
import type { Done, ShownOnce, Visit } from '../../web/page.ts'
import { decisionForm, saidIn } from './deck-forms.ts'

/** A list of one line: all else stays. What was before is priced as it was. */
export async function onePrice(tarifnum: number, { db, form }: Visit): Promise<Done> {
  const cells = [form['code'] ?? '', form['price'] ?? '', form['description'] ?? ''].map((cell) =>
    cell.trim(),
  )
  const [code = '', price = '', description = ''] = cells
  const header = ['code', 'price', ...(description === '' ? [] : ['description'])]
  const folder = await mkdtemp(join(tmpdir(), 'paidcalls-price-'))
  try {
    const path = join(folder, 'price.csv')
    await writeFile(path, csvLine(header) + csvLine([code, price, description].slice(0, header.length)))
    const from = form['from'] || new Date().toISOString()
    const file = fileIn(givenBy(['load', path], {}))
    const said: string[] = []
    await loadDeck(
      db,
      {
        ...file,
        name: null,
        tarifnum,
        from,
        raise: '1000',
        strict: false,
        keepGone: true,
        dryRun: false,
      },
      (line) => said.push(line),
    ).catch((error: unknown) => {
      throw new Complaint(complaintOf(error).replaceAll(path, 'The price'))
    })
    return {
      to: `/tariffs/${tarifnum}?number=${code}`,
      said:
        said.at(-1) === 'nothing to change'
          ? 'It costs that already.'
          : `${code} costs ${price} a minute. Calls that waited for it go on.`,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file is looked at first; what it would do is shown, with the form that does it. */
export async function wholeList<Facts extends Call>(
  tarifnum: number,
  { db, form, file, person }: Visit,
  files: KeptFiles,
  tariff: Stage<Facts>,
): Promise<Done | ShownOnce> {
  if (!file && !form['file']) throw new Complaint('Choose a file first.')
  const word = file ? await files.keep(file, person.name) : (form['file'] ?? '')
  const { name, path } = files.get(word, person.name)
  const said: string[] = []
  const say = (line: string): void => {
    said.push(line.replaceAll(path, name))
  }
  const options = fileIn(givenBy(['load', path], saidIn(form)))
  const keepGone = form['keep-gone'] === 'on'
  const from = form['from'] ?? ''
  const does = form['do'] ?? ''
  const terms = { ...options, tarifnum, keepGone }
  const wrong = await (
    does === 'rehearse'
      ? rehearse(db, tariff, { ...terms, callsSince: form['since'] ?? '' }, say)
      : loadDeck(db, { ...terms, name, from, raise: '20', strict: false, dryRun: does !== 'load' }, say)
  ).then(() => undefined, complaintOf)
  if (does === 'load' && wrong === undefined)
    return { to: `/tariffs/${tarifnum}`, said: `${name}: ${said.at(-1) ?? ''}.` }
  return {
    shown: {
      title: name,
      question:
        does === 'rehearse'
          ? 'What would calls have cost under this list?'
          : 'What would this list change? Nothing is written yet.',
      body: decisionForm(
        {
          said,
          form,
          word,
          tarifnum,
          ...(wrong !== undefined && { wrong: atForm(wrong).replaceAll(path, name) }),
        },
        person,
      ),
    },
  }
}

/** What is told of options at the prompt, told of the fields of the form. */
const atForm = (text: string): string =>
  text.replace(/--([a-z-]+)-column/g, (_, name: string) => `"column of ${name.replaceAll('-', ' ')}" below`)

function complaintOf(error: unknown): string {
  if (error instanceof Complaint) return error.message
  throw error
}
