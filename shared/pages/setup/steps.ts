// What is left to do before the first call is priced, one step after the other.

import { html } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import type { Visit } from '../../web/page.ts'

interface Known {
  exchange: string | null
  records: boolean
  trunks: boolean
  plan: number | null
  prices: boolean
  owners: boolean
}

/** For an administrator, as long as no call is priced. */
export async function steps({ ask }: Visit): Promise<Html> {
  const [known] = await ask<Known>(
    `-- web: what is there already?
    select (select name from source order by id limit 1) as exchange, exists (select from cdr) as records, exists (select from provider) as trunks,
      (select tarifnum from tarifplan order by tarifnum limit 1) as plan, exists (select from tarif) as prices, exists (select from callerid) as owners`,
  )
  const exchange = known?.exchange == null ? '/sources' : `/sources/${encodeURIComponent(known.exchange)}`
  const plan = known?.plan == null ? '/tariffs' : `/tariffs/${known.plan}`
  const all: [done: boolean, to: string, what: string][] = [
    [known?.exchange != null, '/sources', 'Add the exchange: its name, its clock and its country.'],
    [known?.plan != null, '/tariffs', 'Add a plan.'],
    [known?.prices === true, plan, 'Load a price list into it, or enter a price.'],
    [
      known?.trunks === true,
      exchange,
      'Send a file of records, look what they would become, and name the trunks among the channels.',
    ],
    [known?.owners === true, exchange, 'Say whose the callers are: choose them, or paste them at Numbers.'],
    [known?.records === true, exchange, 'Have the file read. The first price is a second away.'],
  ]
  const next = all.findIndex(([done]) => !done)
  return html`<h2>To the first price</h2>
    <ol class="steps">
      ${all.map(
        ([done, to, what], at) =>
          html`<li>
            ${done ? html`<span class="good">✓ <span>done:</span></span> ${what}` : at === next ? html`<strong><a href="${to}">${what}</a></strong>` : what}
          </li>`,
      )}
    </ol>
    ${next < 0 && html`<p>All is there. If no price comes, <a href="/waiting">Waiting calls</a> says why.</p>`}`
}
