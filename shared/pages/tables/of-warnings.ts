// What warns and refuses: rules, recipients, lists of numbers.

import { office } from '../../web/page.ts'
import { html, phrase } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { table } from '../../web/layout.ts'
import type { Table } from './definition.ts'

export const recipient: Table = {
  ...{ name: 'recipient', key: 'id', path: '/recipients', title: 'Recipients', roles: office },
  question: 'Who is told of alerts, when, and by which way?',
  columns: [
    'name',
    'kind',
    'address',
    'enabled',
    'severity',
    'client_id',
    'days',
    'from_time',
    'to_time',
    'time_zone',
    'language',
    'daily_at',
    'weekly_on',
  ],
  called: 't.name',
  actions: [
    {
      name: 'test',
      button: 'Send a test',
      async run({ ask }, key) {
        await ask(`-- web: a test\ninsert into delivery (recipient_id, what) values ($1::integer, 'test')`, [
          key,
        ])
        return 'A test is on its way: see below what the other side says.'
      },
    },
  ],
  async beside({ ask, person }, key) {
    const rows = await ask<{
      what: string
      made_at: Date
      sent_at: Date | null
      given_up: boolean
      attempts: string
      answer: string | null
    }>(
      `-- web: what was told\nselect what, made_at, sent_at, given_up_at is not null as given_up, attempts::text, answer from delivery where recipient_id::text = $1 order by id desc limit 20`,
      [key],
    )
    const moment = momentIn(person.time_zone, 'medium')
    return table(
      'What was told',
      rows,
      [
        { name: 'when', cell: ({ made_at }) => moment(made_at) },
        { name: 'what', cell: ({ what }) => what },
        {
          name: 'sent',
          cell: ({ sent_at, given_up }) =>
            sent_at ? moment(sent_at) : given_up ? phrase('given up') : phrase('not yet'),
        },
        { name: 'tries', cell: ({ attempts }) => attempts, right: true },
        { name: 'answer', cell: ({ answer }) => answer },
      ],
      'Nothing was told yet.',
    )
  },
  list: {
    question: 'Who is told of alerts?',
    columns: ['name', 'kind', 'address', 'enabled', 'severity', 'client_id'],
    menu: false,
  },
}

export const entry: Table = {
  ...{ name: 'number_list_entry', key: 'id', path: '/entries', title: 'Lists', roles: office },
  question: 'Which numbers stand on the list?',
  columns: ['list_id', 'code', 'country', 'description'],
  called: 'coalesce(t.code, t.country)',
}

export const list: Table = {
  ...{ name: 'number_list', key: 'id', path: '/lists', title: 'Lists', roles: office },
  question: 'Which numbers are refused, or allowed, and for whom?',
  columns: ['name', 'kind', 'of_callers', 'tarifnum', 'enabled'],
  called: 't.name',
  list: {
    question: 'Which lists of numbers are there?',
    columns: ['name', 'kind', 'of_callers', 'enabled'],
    menu: false,
  },
  children: [
    {
      ...{ of: () => entry, by: 'list_id', caption: 'Numbers', columns: ['code', 'country', 'description'] },
      called: ['code', 'country', 'description'],
    },
  ],
}

export const rule: Table = {
  ...{ name: 'rule', key: 'id', path: '/rules', title: 'Rules', roles: office },
  question: 'What does this rule measure, and when does it warn?',
  columns: [
    ...[
      'name',
      'note',
      'enabled',
      'metric',
      'scope',
      'client_id',
      'provider_id',
      'source_id',
      'country',
      'code',
      'list_id',
      'direction',
      'kind',
    ],
    ...[
      'days',
      'from_time',
      'to_time',
      'time_zone',
      'within',
      'compare',
      'against',
      'threshold',
      'calls_least',
      'short_sec',
      'new_days',
      'currency',
    ],
    ...['action', 'hold_for', 'severity', 'close_at', 'close_after', 'silent_until'],
  ],
  called: 't.name',
  lines: ['note'],
  beside: (_visit, key) =>
    Promise.resolve(html`<p><a href="/rules/${key}/rehearse">Which alerts would it have opened?</a></p>`),
}
