// What is set up: exchanges, causes, clients and their numbers; and what is wrong.

import { textAsked } from '../../search/calls.ts'
import { flag, money, moment, of, orNull, whole, word, bigId } from '../fields.ts'
import { idKey, list, one } from '../list.ts'
import type { List } from '../list.ts'
import { office, workers } from '../../web/page.ts'
import type { Operation } from '../operation.ts'

const wholeId = /^\d{1,9}$/

const sources: Omit<List, 'path'> = {
  id: 'listSources',
  summary: 'Is every exchange read, and how far behind is it?',
  scope: 'read',
  roles: office,
  from: 'source join sources on sources.source = source.name',
  keys: idKey('source'),
  fields: {
    id: of('source.id', whole('')),
    name: of('source.name', word('')),
    format: word('How it writes records.', ['asterisk', 'freeswitch', 'kamailio', 'cdr-pusher', 'cdr-stats']),
    time_zone: word('Of the clock times in its records.'),
    country: orNull(word('ISO 3166: by its numbering plan dialled numbers are read.')),
    enabled: flag('Whether it is read.'),
    state: word('up to date, being read, cannot be read, not being read, never read, not enabled.'),
    failure: orNull(word('What it said when it could not be read.')),
    failing_since: orNull(moment('Since when.')),
    lag_sec: orNull(
      of('extract(epoch from sources.lag)::bigint', whole('How long ago it was last read to its end.')),
    ),
    last_record_at: orNull(moment('When a record last came.')),
    records: orNull(whole('Records kept, rejected ones included.')),
    rejected: whole('Those that became no call.'),
    left_out: whole('Those that are no calls by a rule.'),
  },
}

const clients: Omit<List, 'path'> = {
  id: 'listClients',
  summary: 'Who are the clients?',
  scope: 'read',
  roles: workers,
  from: 'client left join tarifplan on tarifplan.tarifnum = client.tarif_id',
  keys: idKey('client'),
  fields: {
    id: of('client.id', whole('')),
    name: of('client.name', word('')),
    tarif_id: orNull(whole('The plan of today.')),
    plan: orNull(of('tarifplan.name', word('Its name.'))),
    currency: orNull(
      of(
        '(select root.currency from tarifplan_chain chain join tarifplan root on root.tarifnum = chain.plan where chain.tarifnum = client.tarif_id order by depth desc limit 1)',
        word('Of the plan.'),
      ),
    ),
    language: word('Of statements.', ['en', 'ru']),
    email: word('Where statements are sent.'),
    address: word('As it stands on statements.'),
    tax_id: word('VAT number or the like.'),
  },
  by: { name: { label: 'The name, exactly.', where: 'client.name = $$', check: textAsked } },
}

const alert: List['fields'] = {
  id: bigId(''),
  severity: word('', ['info', 'warning', 'critical']),
  opened_at: moment('When it began.'),
  closed_at: orNull(moment('When it was over; null: it is not.')),
  message: word('What is wrong, in a sentence.'),
  value: orNull(money('What was measured.')),
  threshold: orNull(money('What it should not pass.')),
  at_stake: orNull(money('What the calls came to when it began.')),
  currency: orNull(word('Of at_stake.')),
  rule: orNull(word('The rule; null: the program’s own.')),
  client_id: orNull(whole('')),
  client: orNull(word('')),
  acknowledged_at: orNull(moment('When somebody took care of it.')),
  acknowledged_by: orNull(word('Who.')),
  is_false: orNull(flag('Whether it was a false alarm.')),
  told: whole('How many messages of it were taken.'),
}

export const reference: readonly Operation[] = [
  list({ path: '/sources', ...sources }),
  list({
    path: '/causes',
    id: 'listCauses',
    summary: 'What do causes mean, as exchanges write them?',
    scope: 'read',
    roles: workers,
    from: 'cause',
    keys: [{ column: 'cause.cause', field: 'cause', type: 'text' }],
    fields: {
      cause: word('As the exchange wrote it.'),
      meaning: word('In a few words.'),
      reached: flag('Whether the called side was reached.'),
    },
  }),
  list({ path: '/clients', ...clients }),
  one({
    ...{ path: '/clients/{id}', id: 'getClient', summary: 'Who is this client?', what: 'client' },
    ...{ scope: 'read', roles: workers, fields: clients.fields },
    from: `${clients.from as string} where client.id = $1::bigint`,
  }),
  list({
    path: '/numbers',
    id: 'listNumbers',
    summary: 'By what is a call recognised as a client’s?',
    scope: 'read',
    roles: workers,
    from: 'callerid',
    keys: idKey('callerid'),
    fields: {
      id: whole(''),
      client_id: whole('Whose it is.'),
      callerid: word('The number, account code, channel or number of ours that is called.'),
      kind: word('Which of these.', ['number', 'accountcode', 'peer', 'did']),
      source_id: orNull(whole('Only on this exchange; null: on every one.')),
      valid_from: orNull(of("nullif(lower(valid), '-infinity')", moment('From then on; null: always.'))),
      valid_until: orNull(of("nullif(upper(valid), 'infinity')", moment('Not included; null: for ever.'))),
    },
    by: {
      client: { label: 'Client (id)', where: 'client_id = $$::integer', check: wholeId },
      callerid: { label: 'As it is written.', where: 'callerid = $$', check: textAsked },
    },
  }),
  list({
    path: '/alerts',
    id: 'listAlerts',
    summary: 'What is wrong, and was? The latest first.',
    scope: 'alerts',
    roles: office,
    from: 'alert_history',
    keys: idKey('alert_history'),
    latestFirst: true,
    fields: alert,
    by: {
      open: {
        label: 'yes: what is wrong now; no: what is over.',
        where: `(closed_at is null) = ($$ = 'yes')`,
        check: /^(yes|no)$/,
      },
      client: { label: 'Client (id)', where: 'client_id = $$::integer', check: wholeId },
    },
  }),
]
