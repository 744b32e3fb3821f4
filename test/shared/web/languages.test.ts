import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { Beside, html, phrase, textsIn } from '../../../shared/text/html.ts'
import { keptTables } from '../../../shared/pages/tables/definitions.ts'
import { translationsIn } from '../../../shared/web/languages.ts'
import { pageTexts, textsThatAreNoPhrases } from '../../support/page-texts.ts'

const russian = translationsIn('ru')
const texts = JSON.parse(readFileSync('shared/web/ru.json', 'utf8')) as Record<string, string>

// Attributes by themselves, names of files and commands, and what stands in addresses.
const noWords =
  /^(required|selected|checked|open|[a-z-]+="[^"]*"|\.env|SOURCE=|CDR_URL=.*|npm run .*|npx pm2 .*|\+49 .*|PDF|CSV|ASR %|ACD s|417)$/

describe('pages in Russian', () => {
  it('say all that stands in their templates, and all they call things', () => {
    const missing = [...pageTexts()].filter(([text]) => !noWords.test(text) && russian(text) === undefined)
    expect(missing.map(([text, file]) => `${file}: ${text}`)).toEqual([])
  })

  it('name the columns of all tables that people keep', () => {
    const names = keptTables.flatMap(({ columns, children = [] }) => [
      ...columns,
      ...children.flatMap((child) => child.columns),
    ])
    const labels = names.map((name) =>
      name
        .replace(/^tarif(_id|num)$/, 'plan')
        .replace(/(?<!tax)_id$/, '')
        .replaceAll('_', ' '),
    )
    expect([...new Set(labels)].filter((label) => russian(label) === undefined)).toEqual([])
  })

  it('hand nothing of theirs to a template as if somebody else had said it', () => {
    const names = ['English', 'Русский']
    expect(
      [...textsThatAreNoPhrases()]
        .filter(([text]) => !names.includes(text))
        .map(([text, file]) => `${file}: ${text}`),
    ).toEqual([])
  })

  it('put in as much as in English, and no markup', () => {
    const places = (text: string): number => text.split('{}').length
    for (const [english, there] of Object.entries(texts)) {
      expect([english, places(there)]).toEqual([english, places(english)])
      expect(there).not.toMatch(/[<>&]/)
    }
  })

  it('translate what is ours, and never what is put in', () => {
    const name = 'Save'
    const shown = html`<p>
      Save <b title="Save">${name}</b> ${phrase('Save')} <a aria-label="Search" href="${'x'}">Search</a>
    </p>`
    expect(shown.in(russian).replace(/\s+/g, ' ')).toBe(
      '<p> Сохранить <b title="Save">Save</b> Сохранить <a aria-label="Искать" href="x">Искать</a> </p>',
    )
    expect(shown.text).toMatch(/<p>\s+Save <b/)
  })

  it('put a translation beside a sentence of the tables, where they know it', () => {
    const problem = 'no client owns caller ID 4930<i>'
    expect(html`${problem}${new Beside(problem)}`.in(russian)).toBe(
      'no client owns caller ID 4930&lt;i&gt;<br /><small>у номера 4930&lt;i&gt; нет клиента</small>',
    )
    expect(html`${new Beside('something else')}`.in(russian)).toBe('')
  })

  it('find texts of templates however they are broken into lines, and none inside tags', () => {
    expect(
      textsIn(['<a href="', '" class="b">Two\n   words</a> and <input placeholder="here" value="', '" />']),
    ).toEqual(['Two words', 'and', 'here'])
  })
})
