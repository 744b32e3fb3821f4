// What warns and refuses: rules, recipients, lists of numbers.

import { office } from '../../web/page.ts'
import { html } from '../../text/html.ts'
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
    { of: () => entry, by: 'list_id', caption: 'Numbers', columns: ['code', 'country', 'description'] },
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
