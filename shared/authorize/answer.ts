// An answer in time, whatever the database does: what takes too long, or fails, is answered by the settings, and emergency calls pass.

import { randomUUID } from 'node:crypto'

import { authorize, questionOf, release } from '../accounts/authorize.ts'
import type { Ask } from '../accounts/authorize.ts'
import { allowance, refusal } from '../accounts/question.ts'
import type { Answer, Question } from '../accounts/question.ts'
import type { Database } from '../database/connect.ts'
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
// A statement whose connection is lost goes on in the server until its timeout; so long an id is released again and again.
const cancelForMs = 10_000
// What is dropped beyond these ends by expiry.
const cancelMost = 10_000

export function createAnswering(
  connections: Connections,
  ask: Ask,
  settings: Settings,
  log: Log,
  stop: AbortSignal,
): Answering {
  const counts = { asked: 0, allowed: 0, refused: 0, failed: 0, strangers: 0 }
  const latency = createLatency()
  // Reservations of answers that came too late: nobody was told, so nothing is held for them. Until when each is released again.
  const toCancel = new Map<string, number>()
  let away = false

  function cancel(id: string): void {
    if (toCancel.size < cancelMost) toCancel.set(id, performance.now() + cancelForMs)
  }

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

  async function inTime(
    question: Question,
    id: string,
    ask: (db: Database) => Promise<Answer>,
  ): Promise<Answer> {
    const started = performance.now()
    let isLate = false
    // Who was answered while he waited for a connection is asked for no more.
    const work = connections.use((db) =>
      isLate ? Promise.resolve(refusal('no answer', 'too late')) : ask(db),
    )
    counts.asked++
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => {
        isLate = true
        resolve('late')
      }, settings.answerMs)
    })
    let answer: Answer
    try {
      const first = await Promise.race([work, late])
      if (first === 'late') {
        // It may still come to hold money, and not before it has its turn.
        const over = (): void => {
          cancel(id)
        }
        work.then(over, over)
        answer = failed(question, `no answer within ${settings.answerMs} ms`)
      } else {
        answer = first
        if (away) log.info('questions are answered again')
        away = false
      }
    } catch (error) {
      cancel(id)
      answer = failed(question, sentenceFor(error))
    }
    clearTimeout(timer)
    counts[answer.allowed ? 'allowed' : 'refused']++
    latency.note(performance.now() - started)
    return answer
  }

  /** What is no question is done in time as well, or fails. */
  async function soon<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`nothing within ${settings.answerMs} ms`))
      }, settings.answerMs)
    })
    const done = connections.use(work)
    done.catch(() => undefined)
    return Promise.race([done, late]).finally(() => {
      clearTimeout(timer)
    })
  }

  let isCancelling = false
  async function releaseCancelled(db: Database): Promise<void> {
    for (const [id, until] of toCancel)
      if ((await release(db, id, 'cancel')) || performance.now() > until) toCancel.delete(id)
  }
  const cancelling = setInterval(() => {
    if (isCancelling || toCancel.size === 0) return
    isCancelling = true
    connections
      .use(releaseCancelled)
      .catch(() => undefined)
      .finally(() => {
        isCancelling = false
      })
  }, cancelEveryMs)
  cancelling.unref()
  stop.addEventListener('abort', () => {
    clearInterval(cancelling)
  })

  return {
    counts,
    answer(question) {
      const id = randomUUID()
      return inTime(question, id, (db) => authorize(db, ask, question, id))
    },
    async extend(reservation, seconds) {
      const open = await soon((db) => questionOf(db, reservation))
      if (!open) return undefined
      const question = { ...open.question, seconds: open.seconds + seconds }
      return inTime(question, randomUUID(), (db) =>
        authorize(db, ask, question, reservation, { since: open.since }),
      )
    },
    release: (reservation) => soon((db) => release(db, reservation, 'release')),
    latency,
  }
}
