// The forms by which price lists come into a plan. Pure.

import { columnOptions, unitNames } from '../../decks/options.ts'
import { html, phrase } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { field, linesOf, sent } from '../../web/layout.ts'
import type { Person } from '../../web/person.ts'

const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)

// How a file is read, where its header does not tell: options of npm run deck by the same names.
const texts = ['delimiter', 'sheet', 'code-prefix', 'price-per', 'date-order', ...columnOptions]

/** What a form says of how a file is read, as said at the prompt. */
export function saidIn(form: Readonly<Record<string, string>>): Record<string, string | boolean> {
  const given = texts.flatMap((name) => (form[name]?.trim() ? [[name, form[name].trim()] as const] : []))
  return { ...Object.fromEntries(given), 'code-follows-prefix': form['code-follows-prefix'] === 'on' }
}

const check = (name: string, label: string, checked: boolean): Html =>
  html`<label class="check"
    ><input type="checkbox" name="${name}" ${checked && html`checked`} /> ${label}</label
  >`

const choice = (name: string, label: string, values: readonly string[], value: string | undefined): Html =>
  field({
    name,
    label,
    value: value ?? '',
    options: [
      { value: '', text: phrase('as the header says') },
      ...values.map((one) => ({ value: one, text: one })),
    ],
  })

function reading(form: Readonly<Record<string, string>>): Html {
  return html`<details>
    <summary>How the file is read, where its header does not tell</summary>
    <div class="fields">
      ${columnOptions.map((name) => field({ name, label: `column of ${name.replace(/-column$/, '').replaceAll('-', ' ')}, by name or number`, value: form[name] ?? '' }))}
      ${field({ name: 'sheet', label: 'sheet of a workbook', value: form['sheet'] ?? '' })}
      ${field({ name: 'delimiter', label: 'sign between columns', value: form['delimiter'] ?? '' })}
      ${field({ name: 'code-prefix', label: 'digits in front of each code', value: form['code-prefix'] ?? '' })}
      ${choice(
        'price-per',
        'prices are per',
        unitNames.map((unit) => unit.replaceAll(' ', '-')),
        form['price-per'],
      )}
      ${choice('date-order', 'in dates comes first', ['day', 'month'], form['date-order'])}
      ${check('code-follows-prefix', 'codes follow a dialled prefix', form['code-follows-prefix'] === 'on')}
    </div>
  </details>`
}

/** One price, and a whole list. */
export function deckForms(person: Person): Html {
  return html`<h2>One price</h2>
    <form method="post" class="fields">
      ${sent(person)} ${field({ name: 'code', label: 'Numbers that begin with', required: true })}
      ${field({ name: 'price', label: 'cost a minute', required: true })}
      ${field({ name: 'description', label: 'Description' })}
      ${field({ name: 'from', label: 'From this day on; empty: from now on', type: 'date' })}
      <button class="first" name="do" value="price">Save</button>
    </form>
    <h2>A price list</h2>
    <form method="post" enctype="multipart/form-data">
      ${sent(person, { do: 'check' })}
      <div class="fields">
        ${field({ name: 'from', label: 'It holds from this day on', type: 'date', value: tomorrow(), required: true })}
        ${check('keep-gone', 'codes that are not in it stay', false)}
      </div>
      ${reading({})}
      <div class="fields">
        <label>CSV or XLSX<input type="file" name="file" accept=".csv,.txt,.xlsx" required /></label>
        <button class="first">Look what it would change</button>
      </div>
    </form>`
}

export interface Decision {
  said: readonly string[]
  /** Why nothing of it can be done as it is. */
  wrong?: string
  form: Readonly<Record<string, string>>
  /** By which the file is got again. */
  word: string
  tarifnum: number
}

/** What a list would do, and the form that has it done, looked at in another way, or tried on calls. */
export function decisionForm({ said, wrong, form, word, tarifnum }: Decision, person: Person): Html {
  const monthAgo = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10)
  return html`${said.length > 0 && html`<pre tabindex="0" aria-label="What it would change">${linesOf(said.join('\n'))}</pre>`}
    ${wrong !== undefined && html`<p class="bad" role="alert">${linesOf(wrong)}</p>`}
    <form method="post">
      ${sent(person, { file: word })}
      <div class="fields">
        ${field({ name: 'from', label: 'It holds from this day on', type: 'date', value: form['from'] ?? '', required: true })}
        ${check('keep-gone', 'codes that are not in it stay', form['keep-gone'] === 'on')}
        ${field({ name: 'since', label: 'Try it on calls since', type: 'date', value: form['since'] || monthAgo })}
      </div>
      ${reading(form)}
      <div class="fields">
        ${wrong === undefined && html`<button class="first" name="do" value="load">Load it</button>`}
        <button name="do" value="check">Look again</button>
        <button name="do" value="rehearse">Try it on calls</button>
        <a href="/tariffs/${tarifnum}">Leave it</a>
      </div>
    </form>`
}
