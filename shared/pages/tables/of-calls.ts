// What the line goes by: clients and their numbers, providers, prefixes, plans.

import { books, office, workers } from '../../web/page.ts'
import type { Table } from './definition.ts'
import { channels, fee, taxRate } from './of-money.ts'
import { planHistory } from './plan-history.ts'

export const callerid: Table = {
  ...{ name: 'callerid', key: 'id', path: '/numbers', title: 'Numbers', roles: office },
  question: 'Whose is this number, and since when?',
  columns: ['client_id', 'callerid', 'kind', 'source_id', 'valid'],
  called: 't.callerid',
  heals: true,
}

export const client: Table = {
  ...{ name: 'client', key: 'id', path: '/clients', title: 'Clients', roles: workers },
  question: 'Who is this client, which plan has it and had it, and what belongs to it?',
  columns: ['name', 'tarif_id', 'address', 'tax_id', 'language', 'email'],
  called: 't.name',
  lines: ['address'],
  heals: true,
  beside: planHistory,
  children: [
    {
      of: () => callerid,
      by: 'client_id',
      caption: 'Numbers',
      columns: ['callerid', 'kind', 'source_id', 'valid'],
    },
    {
      of: () => fee,
      by: 'client_id',
      caption: 'Fees',
      columns: ['description', 'amount', 'currency', 'valid'],
    },
    {
      of: () => taxRate,
      by: 'client_id',
      caption: 'Taxes of its own',
      columns: ['name', 'percent', 'valid'],
    },
    {
      of: () => channels,
      by: 'client_id',
      caption: 'Channels',
      columns: ['channels', 'model', 'price', 'valid'],
    },
  ],
}

export const provider: Table = {
  ...{ name: 'provider', key: 'id', path: '/providers', title: 'Providers', roles: office },
  question: 'By which channel is this trunk known, and what does it charge?',
  columns: ['name', 'channel', 'tarifnum'],
  called: `coalesce(nullif(t.name, ''), t.channel)`,
  heals: true,
}

export const prefix: Table = {
  ...{ name: 'prefix', key: 'id', path: '/prefixes', title: 'Prefixes', roles: office },
  question: 'What do dialled digits mean that the numbering plan does not know?',
  columns: ['prefix', 'source_id', 'digits', 'e164', 'kind', 'description'],
  called: 't.prefix',
  heals: true,
  list: {
    question: 'Which dialled digits mean something of their own?',
    columns: ['prefix', 'source_id', 'digits', 'e164', 'kind', 'description'],
    menu: false,
  },
}

export const plan: Table = {
  ...{ name: 'tarifplan', key: 'tarifnum', path: '/plans', title: 'Tariffs', roles: workers },
  question: 'How does this plan count and round, and what does it differ from?',
  columns: [
    'name',
    'base',
    'currency',
    'first_sec',
    'step_sec',
    'increments',
    'grace_sec',
    'decimals',
    'rounding',
    'time_zone',
  ],
  called: 't.name',
  heals: true,
}

export const keepNumbers: Table = {
  ...{ name: 'keep_numbers', key: 'id', path: '/keep', title: 'How long numbers are kept' },
  roles: ['administrator'],
  question: 'How many months is it kept who called whom?',
  columns: ['client_id', 'kind', 'months'],
  called: `coalesce(t.months || ' months', 'for ever')`,
  list: {
    question: 'How long is it kept who called whom, where that is not KEEP_NUMBERS_MONTHS?',
    columns: ['client_id', 'kind', 'months'],
    menu: false,
  },
}

export const disputedCall: Table = {
  ...{ name: 'disputed_call', key: 'call_id', path: '/disputes', title: 'Disputed calls', roles: books },
  question: 'What is disputed of this call? Its numbers stay until the row is deleted.',
  columns: ['call_id', 'why'],
  called: 't.call_id::text',
  list: {
    question: 'Which calls are disputed, so that their numbers stay?',
    columns: ['call_id', 'why'],
    menu: false,
  },
}
