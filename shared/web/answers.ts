// Answers that are no page of the site: the login, and why something was not done.

import type { FastifyReply, FastifyRequest } from 'fastify'

import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { codeOf } from '../errors/whose-fault.ts'
import { html, phrase } from '../text/html.ts'
import type { Html } from '../text/html.ts'
import { document, field, linesOf } from './layout.ts'
import { translationsIn } from './languages.ts'
import type { Figures, Shown } from './page.ts'
import { csvOf } from './plot.ts'

export const session = 'paidcalls_session'
/** That something was changed a moment ago. */
export const changed = 'paidcalls_changed'

const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/** What a page may load: nothing of others, and script only where it has some, of ours. */
export const policyOf = (script: string | undefined): string =>
  script === undefined ? policy : `${policy}; script-src 'self'`

/** A page that says why there is none. */
export function refused(status: number, said: string, language = 'en'): Html {
  return document(
    String(status),
    language,
    html`<main class="login">
      <h1>${status}</h1>
      <p>${phrase(said)}</p>
      <p><a href="/">paidcalls</a></p>
    </main>`,
  )
}

/** What a person can mend, as a sentence: what he typed, or what a table refuses; null: it is not his fault. */
export function refusal(error: unknown): string | null {
  if (error instanceof Complaint) return error.message
  const code = codeOf(error) ?? ''
  if (code === '42501') return 'This role may not do that.'
  if (!/^(22|23)/.test(code)) return null
  // Rules of tables are named by their sentence.
  const rule = (error as { constraint?: unknown }).constraint
  return typeof rule === 'string' && rule.includes(' ') ? `${rule}.` : sentenceFor(error)
}

/** The same of what was only asked for: that a role may not ask is a fault of ours there. */
export const misasked = (error: unknown): string | null =>
  error instanceof Complaint || codeOf(error)?.startsWith('22') === true ? refusal(error) : null

/** Whether a form was sent from a page of ours; browsers say so (Fetch Metadata), and old ones say nothing. */
export function isOurs({ headers: sent }: FastifyRequest): boolean {
  const site = sent['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

const here = 'http://here.invalid'

/** An address of ours as a browser reads it, who sees no tab or line end in one; / for what leads elsewhere. */
export function ownPath(to: string): string {
  const { origin, pathname, search } = URL.canParse(to, here) ? new URL(to, here) : new URL(here)
  return origin === here && !pathname.startsWith('//') ? pathname + search : '/'
}

/** Whether a login was sent from another site: what carries no token yet says only where it comes from, old browsers and those without TLS by Origin. */
export function isFromElsewhere(request: FastifyRequest): boolean {
  const { origin, 'x-forwarded-host': forwarded } = request.headers
  if (!isOurs(request)) return true
  if (request.headers['sec-fetch-site'] !== undefined || origin === undefined) return false
  const host = URL.canParse(origin) ? new URL(origin).host : ''
  return host !== request.headers.host && host !== forwarded
}

export const languageOf = ({ headers: sent }: FastifyRequest): string =>
  /^ru/i.test(sent['accept-language'] ?? '') ? 'ru' : 'en'

export function loginPage(to: string, wrong: boolean, language: string, canForget: boolean): Html {
  return document(
    phrase('Log in'),
    language,
    html`<main class="login">
      <h1>paidcalls</h1>
      ${
        wrong &&
        html`<p class="bad" role="alert">
          Name or password is wrong, or there were too many tries: then wait a quarter of an hour.
        </p>`
      }
      <form method="post" action="/login">
        <input type="hidden" name="to" value="${to}" />
        ${field({ name: 'name', label: 'Name', required: true })}
        ${field({ name: 'password', label: 'Password', type: 'password', required: true })}
        <button class="first">Log in</button>
      </form>
      ${canForget && html`<p><a href="/forgotten">Forgotten?</a></p>`}
    </main>`,
  )
}

export function send(reply: FastifyReply, body: Html, language = 'en', script?: string): FastifyReply {
  return reply
    .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policyOf(script) })
    .send(body.in(translationsIn(language)))
}

/** What is wrong with a question or a form, and the way back to it. */
export const complaint = (said: string, back?: string): Shown => ({
  question: '',
  body: html`<p class="bad" role="alert">${linesOf(said)}</p>
    ${back !== undefined && html`<p><a href="${back}">←</a></p>`}`,
})

/** What stands in a plot, as CSV. */
export const sendFigures = (reply: FastifyReply, figures: Figures): FastifyReply =>
  reply
    .headers({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${figures.name}.csv"`,
    })
    .send(csvOf(figures))
