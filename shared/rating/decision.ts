// A decision on its way into rating_decision: which columns it has, and in what order they are bound.

import type { Price } from './price.ts'

const columns = [
  'reason',
  'nr',
  'rule',
  'client_id',
  'tarifnum',
  'tarif_id',
  'number',
  'code',
  'codes',
  'price',
  'connect_fee',
  'first_sec',
  'step_sec',
  'increments',
  'grace_sec',
  'decimals',
  'rounding',
  'max_charge',
  'billable_sec',
  'free_sec',
  'charged_sec',
  'steps',
  'unrounded',
  'total',
  'currency',
  'master_total',
  'master',
  'provider_id',
  'cost',
  'cost_currency',
  'provider',
  'bundle_id',
] as const

type Column = (typeof columns)[number]
/** Amounts as text, steps and the figures of other plans as JSON; what is left out is null. */
export type Decision = Partial<Record<Column, string | number | readonly string[] | null>>

export const decisionColumns = columns.join(', ')
export const decisionParameters = columns.map(parameterOf).join(', ')
/** The first parameter that is free behind those of a decision; $1 is the call. */
export const parametersBehind = columns.length + 2

/** The parameter of a column, for statements that keep it elsewhere too. */
export function parameterOf(column: Column): string {
  return `$${columns.indexOf(column) + 2}`
}

/** What is bound for a decision, in the order of `decisionColumns`; what it lacks is null. */
export function valuesOf(decision: Decision): unknown[] {
  return columns.map((column) => decision[column] ?? null)
}

/** The decision that was bound as these values, what is JSON in it parsed. */
export function decisionOf(values: readonly unknown[]): Record<string, unknown> {
  const read = (column: Column, value: unknown): unknown =>
    jsonColumns.has(column) && typeof value === 'string' ? JSON.parse(value) : value
  return Object.fromEntries(columns.map((column, at) => [column, read(column, values[at])]))
}

const jsonColumns: ReadonlySet<Column> = new Set<Column>(['steps', 'master', 'provider'])

/** A price as columns of a decision. */
export function pricedColumns(price: Price): Decision {
  const { tarif, steps, ...rest } = price
  return {
    ...rest,
    tarif_id: tarif?.id ?? null,
    code: tarif?.code ?? null,
    steps: steps && JSON.stringify(steps),
  }
}

/** The figures of a price under another plan, for the receipt. */
export function figuresOf(price: Price | null): string | null {
  if (!price) return null
  const { tarif, ...rest } = price
  return JSON.stringify({ ...rest, tarif_id: tarif?.id, code: tarif?.code })
}
