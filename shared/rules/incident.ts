// When a figure passes its threshold, an incident begins; it is over when the figure was back long enough. Pure.

import { parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'
import type { RuleCall } from './call.ts'
import { isAbove, readAmount, readFraction } from './figure.ts'
import type { Figure, Known } from './figure.ts'
import { metrics } from './metric.ts'
import { isStateMetric, stateMetrics } from './rule.ts'
import type { Rule } from './rule.ts'

const whole = parseMoney('1')

/** How figures of a rule are judged. */
export interface Judge {
  isMoney: boolean
  /** Reads a figure of this rule as an alert keeps it. */
  read: (text: string) => Known
  passes: (figure: Known) => boolean
  /** Back at close_at, or at the threshold. */
  isBack: (figure: Known) => boolean
  isWorse: (figure: Known, than: Known) => boolean
}

export function createJudge(rule: Rule): Judge {
  const unit = isStateMetric(rule.metric) ? stateMetrics[rule.metric] : metrics[rule.metric].unit
  const isMoney = unit === 'money' && rule.against === null
  const isPercent = unit === '%' || rule.against !== null
  const line = (text: string): Known => {
    if (!isMoney && !isPercent) return Number(text)
    const { over, under } = readFraction(text)
    return { over: isMoney ? over * whole : over, under }
  }
  const threshold = line(rule.threshold)
  const closeAt = line(rule.close_at ?? rule.threshold)
  const below = rule.compare === 'below'
  const isWorse = (figure: Known, than: Known): boolean =>
    below ? isAbove(than, figure) : isAbove(figure, than)
  return {
    isMoney,
    read: isMoney ? readAmount : line,
    passes: (figure) => isWorse(figure, threshold),
    isBack: (figure) => !isWorse(figure, closeAt),
    isWorse,
  }
}

export interface Incident {
  /** Epoch milliseconds. */
  opened: number
  closed: number | null
  /** The worst figure. */
  figure: Known
  /** Since when the figure is back. */
  backSince: number | null
  /** What the calls of the window came to, and those since; and of these those that began after it had opened. */
  atStake: Money
  saved: Money
  currency: string | null
}

/** What the incidents of one rule and one subject are: one that is open, and those that are over. */
export interface Incidents {
  open: Incident | null
  over: Incident[]
}

export type Turn = 'opened' | 'updated' | 'closed'

/** A figure of a moment, in epoch milliseconds. */
export interface Judged {
  figure: Figure
  moment: number
  /** It is of a time that is over. */
  late: boolean
}

// Late records are of the last days.
const overMost = 50

/** Judges a figure; `begin` makes the incident that begins with it. Null: nothing turned. */
export function turn(
  rule: Rule,
  judge: Judge,
  incidents: Incidents,
  { figure, moment, late }: Judged,
  begin: (figure: Known) => Incident,
): { turn: Turn; incident: Incident } | null {
  const { open } = incidents
  const passes = figure !== null && judge.passes(figure)
  if (!open) {
    if (!passes) return null
    // A late record judges times that were an incident already, or just before it or after: it is the same one.
    const within = rule.within * 60_000
    const known = incidents.over.find(
      ({ opened, closed }) => moment > opened - within && moment <= (closed ?? 0) + (late ? within : 0),
    )
    if (known) return worse(judge, known, figure)
    const incident = begin(figure)
    incidents.open = incident
    return { turn: 'opened', incident }
  }
  // What a late record shows of before makes it worse, and never ends it.
  if (moment < open.opened) return passes ? worse(judge, open, figure) : null
  if (passes) {
    open.backSince = null
    return worse(judge, open, figure)
  }
  if (figure !== null && !judge.isBack(figure)) {
    open.backSince = null
    return null
  }
  open.backSince ??= moment
  if (moment - open.backSince < rule.close_after * 1000) return null
  open.closed = moment
  incidents.over = [...incidents.over, open].slice(-overMost)
  incidents.open = null
  return { turn: 'closed', incident: open }
}

function worse(judge: Judge, incident: Incident, figure: Known): { turn: Turn; incident: Incident } | null {
  if (!judge.isWorse(figure, incident.figure)) return null
  incident.figure = figure
  return { turn: 'updated', incident }
}

/** A call of an incident that is open: what a hold would have saved is what began after. */
export function stake(incident: Incident, call: RuleCall): void {
  if (call.total === null || call.currency !== incident.currency) return
  incident.atStake += call.total
  if (call.began >= incident.opened) incident.saved += call.total
}
