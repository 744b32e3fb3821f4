// The parts of an exchange's page: its clock and numbering, its records, its trunks, its callers. Pure.

import { html, phrase } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { field, linesOf, sent } from '../../web/layout.ts'
import type { Person } from '../../web/person.ts'
import type { Choice } from '../tables/choices.ts'
import type { Exchange, Looked, Proposed } from './look.ts'
import { callsInWords, isLikely } from './seen.ts'

const formats = ['asterisk', 'freeswitch', 'kamailio', 'cdr-pusher', 'cdr-stats'].map((format) => ({
  value: format,
  text: format,
}))

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => ({ value: zone, text: zone }))

/** What is asked of an exchange, also of one that is not there yet. */
export function exchangeFields(exchange: Partial<Exchange>, zone: string): Html {
  return html`${field({ name: 'format', label: 'Writes records as', options: formats, value: exchange.format ?? 'asterisk' })}
  ${field({ name: 'time_zone', label: 'Its clock', options: zones, value: exchange.time_zone ?? zone })}
  ${field({ name: 'country', label: 'Country, such as DE', value: exchange.country ?? '' })}
  ${field({ name: 'area_code', label: 'Area code, if numbers are dialled without', value: exchange.area_code ?? '' })}
  ${field({ name: 'outside_line', label: 'Digits for an outside line, if any', value: exchange.outside_line ?? '' })}
  ${field({ name: 'extension_digits', label: 'Digits of an extension', value: (exchange.extension_digits ?? [3, 4]).join(', ') })}`
}

export function settingsPart(exchange: Exchange, looked: Looked | undefined, person: Person): Html {
  // What --check proposes when columns are missing.
  const proposed = /mapping = '(\{.*\})'/.exec(looked?.complaint ?? '')?.[1]
  return html`<h2>Clock and numbering</h2>
    <form method="post" class="fields">
      ${sent(person)} ${exchangeFields(exchange, person.time_zone)}
      ${field({ name: 'mapping', label: 'Columns by another name, as JSON', value: proposed ?? exchange.mapping })}
      <button name="do" value="settings">Save</button>
    </form>`
}

export const report = ({ complaint, report }: Looked): Html =>
  complaint === undefined
    ? html`<pre tabindex="0" aria-label="What the records would become">${linesOf(report?.sums ?? '')}</pre>
        <details>
          <summary>The first records, and what each would become</summary>
          <pre tabindex="0" aria-label="The first records">${linesOf(report?.records ?? '')}</pre>
        </details>`
    : html`<p class="bad" role="alert">${linesOf(complaint)}</p>`

export function recordsPart(
  exchange: Exchange,
  { address, waiting, folder }: { address: string | undefined; waiting: Looked | undefined; folder: string },
  person: Person,
): Html {
  if (folder === '')
    return html`<h2>Records</h2>
      <p>Its records are read by a process of import. In <code>.env</code> of that host:</p>
      <pre tabindex="0" aria-label="Lines for .env">
SOURCE=${exchange.name}
CDR_URL=csv:///var/log/asterisk/cdr-csv/Master.csv</pre>
      <p>
        <code>npm run import -- --check</code> says what they would become and writes nothing; then
        <code>npx pm2 restart import</code>.
      </p>`
  return html`<h2>Records</h2>
    <p>
      ${address === undefined ? phrase('Nothing is read yet.') : html`Read from <code>${address}</code>.`}
    </p>
    ${
      waiting &&
      html`${report(waiting)}
        <form method="post" class="fields">
          ${sent(person)}
          ${waiting.complaint === undefined && html`<button class="first" name="do" value="take">Read this file</button>`}
          <button name="do" value="drop">Forget this file</button>
        </form>`
    }
    <form method="post" class="fields" enctype="multipart/form-data">
      ${sent(person, { do: 'upload' })}
      <label>A file of records (CSV)<input type="file" name="file" accept=".csv,.txt" required /></label>
      <button>Look what it would become</button>
    </form>
    <form method="post" class="fields">
      ${sent(person)}
      ${field({ name: 'address', label: 'Or where the exchange keeps them, such as mysql://cdrreader:secret@pbx.example.net/asteriskcdrdb?table=cdr', required: true })}
      <button name="do" value="look">Look there</button>
    </form>`
}

/** What is there at an address, and the form that has it read. */
export const addressPart = (looked: Looked, address: string, person: Person): Html =>
  html`${report(looked)}
    ${
      looked.complaint === undefined &&
      html`<form method="post" class="fields">
        ${sent(person, { address })}
        <button class="first" name="do" value="address">Read it from now on</button>
      </form>`
    }
    <p><a href="">←</a></p>`

export function trunksPart({ trunks }: Proposed, person: Person): Html {
  if (trunks.length === 0) return html``
  return html`<h2>Trunks</h2>
    <p>
      Calls left by these channels. Which are trunks to the public network? Over a trunk calls cost money, and
      it decides whether a call went out or came in.
    </p>
    <form method="post">
      ${sent(person)}
      <ul class="choose">
        ${trunks.map(
          (trunk) =>
            html`<li>
              <label
                ><input type="checkbox" name="trunk:${trunk.channel}" ${isLikely(trunk) && html`checked`} />
                <span
                  ><code>${trunk.channel}</code> ${callsInWords(trunk.calls)}, ${trunk.outside} to outside
                  numbers, such as ${trunk.example}</span
                ></label
              >
            </li>`,
        )}
      </ul>
      <button class="first" name="do" value="trunks">These are trunks</button>
    </form>`
}

const kinds = { accountcode: 'account', number: 'caller', peer: 'channel', did: 'called number' } as const

export function callersPart(
  { callers }: Proposed,
  clients: readonly Choice[] | undefined,
  plans: readonly Choice[] | undefined,
  person: Person,
): Html {
  if (callers.length === 0) return html``
  return html`<h2>Callers</h2>
    <p>Nobody owns these yet: their calls would wait. Choose whose some are; the others come next.</p>
    <form method="post">
      ${sent(person)}
      <ul class="choose">
        ${callers.map(
          ({ kind, callerid, calls, example }) =>
            html`<li>
              <label
                ><input type="checkbox" name="caller:${kind}:${callerid}" />
                <span
                  >${kinds[kind]} <code>${callerid}</code>: ${callsInWords(calls)},
                  ${kind === 'did' ? phrase('one from') : phrase('one to')} ${example}</span
                ></label
              >
            </li>`,
        )}
      </ul>
      <div class="fields">
        ${field({ name: 'client', label: 'They are of', options: clients })}
        ${field({ name: 'name', label: 'its name, if it is new' })}
        ${field({ name: 'plan', label: 'and its plan', options: plans })}
        <button class="first" name="do" value="callers">Theirs</button>
      </div>
    </form>`
}
