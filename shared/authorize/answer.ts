// An answer in time, whatever the database does: what takes too long, or fails, is answered by the settings, and emergency calls pass.

import { randomUUID } from 'node:crypto'

import { authorize, questionOf, release } from '../accounts/authorize.ts'
import type { Ask } from '../accounts/authorize.ts'
import { allowance, refusal } from '../accounts/question.ts'
import type { Answer, Question } from '../accounts/question.ts'
import { dialledDigits } from '../dialling/dialling.ts'
import { isEmergencySomewhere } from '../dialling/emergency-numbers.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { createLatency } from '../monitoring/latency.ts'
import type { Latency } from '../monitoring/latency.ts'
import type { AuthorizeConfig } from '../program/authorize-config.ts'
import type { Log } from '../program/log.ts'
import type { Connections } from './connections.ts'

export interface Answering {
  answer: (question: Question) => Promise<Answer>
  /** More seconds for a call that goes on, beside those it was allowed; undefined when its reservation has ended. */
  extend: (reservation: string, seconds: number) => Promise<Answer | undefined>
  release: (reservation: string) => Promise<boolean>
  counts: { asked: number; allowed: number; refused: number; failed: number; strangers: number }
  /** Of the last answers. */
  latency: Latency
}

type Settings = Pick<AuthorizeConfig, 'onFailure' | 'failureSec' | 'answerMs'>
const cancelEveryMs = 1_000

export function createAnswering(
  connections: Connections,
  ask: Ask,
  settings: Settings,
  log: Log,
  stop: AbortSignal,
): Answering {
  const counts = { asked: 0, allowed: 0, refused: 0, failed: 0, strangers: 0 }
  const latency = createLatency()
  // Reservations of answers that came too late: nobody was told, so nothing is held for them.
  const toCancel = new Set<string>()
  let away = false

  function failed(question: Question, reason: string): Answer {
    counts.failed++
    if (!away) log.error({ reason }, 'questions cannot be answered')
    away = true
    if (isEmergencySomewhere(dialledDigits(question.dialled)))
      return allowance('emergency', 'emergency numbers are always allowed', { kind: 'emergency' })
    return settings.onFailure === 'allow'
      ? allowance('no answer', 'nobody could be asked; calls are allowed for a while', {
          seconds: settings.failureSec,
        })
      : refusal('no answer', 'nobody could be asked')
  }

  async function inTime(question: Question, id: string, work: Promise<Answer>): Promise<Answer> {
    const started = performance.now()
    counts.asked++
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => {
        resolve('late')
      }, settings.answerMs)
    })
    let answer: Answer
    try {
      const first = await Promise.race([work, late])
      if (first === 'late') {
        // It may still come to hold money; its id is released until that is confirmed.
        toCancel.add(id)
        work.catch(() => undefined)
        answer = failed(question, `no answer within ${settings.answerMs} ms`)
      } else {
        answer = first
        if (away) log.info('questions are answered again')
        away = false
      }
    } catch (error) {
      toCancel.add(id)
      answer = failed(question, sentenceFor(error))
    }
    clearTimeout(timer)
    counts[answer.allowed ? 'allowed' : 'refused']++
    latency.note(performance.now() - started)
    return answer
  }

  const cancelling = setInterval(() => {
    for (const id of [...toCancel].slice(0, 100))
      connections
        .use((db) => release(db, id, 'cancel'))
        .then(
          () => toCancel.delete(id),
          () => undefined,
        )
  }, cancelEveryMs)
  cancelling.unref()
  stop.addEventListener('abort', () => {
    clearInterval(cancelling)
  })

  return {
    counts,
    answer(question) {
      const id = randomUUID()
      return inTime(
        question,
        id,
        connections.use((db) => authorize(db, ask, question, id)),
      )
    },
    async extend(reservation, seconds) {
      const open = await connections.use((db) => questionOf(db, reservation))
      if (!open) return undefined
      const question = { ...open.question, seconds: open.seconds + seconds }
      return inTime(
        question,
        randomUUID(),
        connections.use((db) => authorize(db, ask, question, reservation, { since: open.since })),
      )
    },
    release: (reservation) => connections.use((db) => release(db, reservation, 'release')),
    latency,
  }
}
