// What an alert says to people. Pure.

import { figureText } from '../rules/figure.ts'
import type { Known } from '../rules/figure.ts'
import { metrics } from '../rules/metric.ts'
import { isStateMetric, stateMetrics } from '../rules/rule.ts'
import type { Rule, Subject } from '../rules/rule.ts'

function span(minutes: number): string {
  const [count, unit] =
    minutes % 1440 === 0
      ? [minutes / 1440, 'day']
      : minutes % 60 === 0
        ? [minutes / 60, 'hour']
        : [minutes, 'minute']
  return count === 1 ? unit : `${count} ${unit}s`
}

/** One sentence: the rule, whom it is about, what was measured, and what it should not pass. `name` is what people call the subject. */
export function sentenceOf(rule: Rule, subject: Subject, name: string, figure: Known): string {
  const { metric, against, compare } = rule
  const unit = isStateMetric(metric) ? stateMetrics[metric] : metrics[metric].unit
  const units = unit === 'money' ? (subject.currency ?? '') : unit === 'calls' ? '' : unit
  const within = isStateMetric(metric)
    ? ''
    : ` within ${rule.within === 60 ? 'an hour' : `a window of ${span(rule.within)}`}`
  const measured =
    against === null
      ? `${metric} ${figureText(figure)}${units && unit !== '%' ? ` ${units}` : ''}`
      : `${metric} ${compare === 'up by %' ? 'up' : 'down'} by ${figureText(figure)} % against ${against === 1440 ? 'the day' : 'the week'} before`
  const line = against === null ? `${compare} ${rule.threshold}` : `more than ${rule.threshold} %`
  return `${rule.name}: ${whose(subject, name)}${measured}${within}, ${line}`
}

function whose({ client_id, provider_id, source_id, country }: Subject, name: string): string {
  if (client_id === 0) return 'calls nobody owns: '
  if (client_id !== null) return `client ${client_id} (${name}): `
  if (provider_id !== null) return `provider ${provider_id} (${name}): `
  if (source_id !== null) return `exchange ${name}: `
  if (country !== null) return `calls to ${country}: `
  return ''
}
