// What a decision adds to the sums: the figures of itself, and minus those of the decision it replaces, each under its own client,
// currency, country and quarter of an hour.

/** What a query over decisions must give for the sums: all they are kept by, and all they hold. */
export const decisionColumns = `call_id, nr, calldate, source_id, client_id, provider_id, direction, kind, country, cause,
  currency, cost_currency, answered, billable_sec, duration, total, master_total, cost`

const quarterKeys = [
  'starts_at',
  'source_id',
  'client_id',
  'provider_id',
  'direction',
  'kind',
  'country',
  'cause',
  'currency',
  'cost_currency',
]
const quarterFigures = [
  'calls',
  'answered',
  'billable_sec',
  'duration',
  'total',
  'master_total',
  'cost',
  'without_master',
  'without_cost',
]
const minuteKeys = ['minute', 'source_id', 'client_id', 'provider_id', 'direction']
const minuteFigures = ['begun', 'ended']

/** A table of sums: what they are kept by, and what is added up. */
export interface Sums {
  table: string
  /** Closed months, which are taken as given; null: kept from other sums, which hold them. */
  closed: string | null
  keys: readonly string[]
  figures: readonly string[]
  /** A select that gives a row a key: over `entries`, decisions with their `sign` (1 or -1), or over other sums. */
  query: string
}

const whose = `coalesce(source_id, 0) as source_id, coalesce(client_id, 0) as client_id, coalesce(provider_id, 0) as provider_id,
    coalesce(direction, '') as direction`

export const quarters: Sums = {
  table: 'call_sum',
  closed: 'closed_sum',
  keys: quarterKeys,
  figures: quarterFigures,
  query: `select date_bin('15 minutes', calldate, '2000-01-01 00:00Z') as starts_at, ${whose}, coalesce(kind, '') as kind,
    coalesce(country, '') as country, coalesce(cause, '') as cause, coalesce(currency, '') as currency,
    coalesce(cost_currency, '') as cost_currency,
    sum(sign) as calls, sum(sign) filter (where answered) as answered, sum(sign * billable_sec) as billable_sec,
    sum(sign * duration) as duration, sum(sign * total) as total, sum(sign * coalesce(master_total, 0)) as master_total,
    sum(sign * coalesce(cost, 0)) as cost, sum(sign) filter (where master_total is null) as without_master,
    sum(sign) filter (where cost is null and provider_id is not null) as without_cost
  from entries group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
}

export const minutes: Sums = {
  table: 'minute_calls',
  closed: 'closed_minute',
  keys: minuteKeys,
  figures: minuteFigures,
  query: `select date_trunc('minute', moment, 'UTC') as minute, ${whose}, sum(sign * begins) as begun, sum(sign * (1 - begins)) as ended
  from entries
  cross join lateral (values (calldate, 1), (calldate + duration * interval '1 second', 0)) ends (moment, begins)
  group by 1, 2, 3, 4, 5`,
}

const saved = 'case when without_master = 0 then master_total - total else 0 end'
const dayKeys = ['day', ...quarterKeys.filter((key) => key !== 'starts_at' && key !== 'client_id')]

/** Kept by triggers of call_sum. */
export const days: Sums = {
  table: 'day_sum',
  closed: null,
  keys: dayKeys,
  figures: [...quarterFigures, 'saved', 'margin'],
  query: `select (starts_at at time zone 'UTC')::date as day, ${dayKeys.slice(1).join(', ')},
    ${quarterFigures.map((figure) => `sum(${figure}) as ${figure}`).join(', ')}, sum(${saved}) as saved,
    sum(case when currency = cost_currency and without_cost = 0 then total - cost else 0 end) as margin
  from call_sum group by ${dayKeys.map((_, at) => at + 1).join(', ')}`,
}

const clientFigures = ['calls', 'answered', 'billable_sec', 'total', 'master_total']

/** Kept by triggers of call_sum. */
export const clientDays: Sums = {
  table: 'client_day',
  closed: null,
  keys: ['client_id', 'day', 'currency'],
  figures: [...clientFigures, 'saved'],
  query: `select client_id, (starts_at at time zone 'UTC')::date as day, currency,
    ${clientFigures.map((figure) => `sum(${figure}) as ${figure}`).join(', ')}, sum(${saved}) as saved
  from call_sum group by 1, 2, 3`,
}

/** Adds the rows of a query to a table of sums, in the order of the keys: two that do so never wait for each other in a circle. */
export function addTo({ table, keys, figures, query }: Sums): string {
  const own = figures.map((figure) => `coalesce(${figure}, 0)`).join(', ')
  return `insert into ${table} (${[...keys, ...figures].join(', ')})
  select ${keys.join(', ')}, ${own} from (${query}) entry
  where (${own}) <> (${figures.map(() => '0').join(', ')})
  order by ${keys.join(', ')}
  on conflict (${keys.join(', ')}) do update set ${figures.map((figure) => `${figure} = ${table}.${figure} + excluded.${figure}`).join(', ')}`
}
