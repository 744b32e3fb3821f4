// Pages for who has forgotten a password: asks for a letter, and takes the way back that stands in it. Nobody is logged in here.

import type { FastifyInstance } from 'fastify'

import { Complaint } from '../../errors/complaint.ts'
import type { Letter } from '../../notify/letter.ts'
import type { Mailer } from '../../notify/mail.ts'
import { html } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { isFromElsewhere, languageOf, refused, send } from '../answers.ts'
import { flat } from '../upload.ts'
import { document, field } from '../layout.ts'
import { checkPassword } from '../person.ts'
import type { People } from '../people.ts'

export interface Forgotten {
  people: People
  mailer: Mailer
  /** Where these pages are for who reads the letter: WEB_URL. No header of a request says it. */
  url: string
}

const letters = {
  en: {
    subject: 'A new password for paidcalls',
    lines: (link: string) => [
      'Somebody, probably you, has asked for a new password. This address takes it, once and within an hour:',
      link,
      'If it was not you, nothing needs to be done.',
    ],
  },
  ru: {
    subject: 'Новый пароль для paidcalls',
    lines: (link: string) => [
      'Кто-то, вероятно вы, попросил новый пароль. Его можно задать по этому адресу, один раз и в течение часа:',
      link,
      'Если это были не вы, делать ничего не нужно.',
    ],
  },
} as const

function letterOf(language: string, link: string): Letter {
  const own = letters[language === 'ru' ? 'ru' : 'en']
  return { subject: own.subject, heading: own.subject, lines: own.lines(link), tables: [], foot: '' }
}

const page = (language: string, body: Html): Html =>
  document(
    'paidcalls',
    language,
    html`<main class="login">
      <h1>paidcalls</h1>
      ${body}
    </main>`,
  )

export function addForgotten(server: FastifyInstance, { people, mailer, url }: Forgotten): void {
  const way = (word: string): string => `/forgotten/${word}`

  server.get('/forgotten', (request, reply) =>
    send(
      reply,
      page(
        languageOf(request),
        html`<p>Who has a mail address here is sent a way to a new password.</p>
          <form method="post" action="/forgotten">
            ${field({ name: 'name', label: 'Name', required: true })}
            <button class="first">Send it</button>
          </form>`,
      ),
      languageOf(request),
    ),
  )
  server.post('/forgotten', async (request, reply) => {
    const language = languageOf(request)
    if (isFromElsewhere(request))
      return send(reply.code(403), refused(403, 'This was sent from another site.', language), language)
    const { name = '' } = flat(request.body)
    const found = await people.beginReset(name, request.ip)
    // Not waited for: whether there is somebody takes no longer.
    if (found)
      void mailer.send(
        found.email,
        `reset-${Date.now()}`,
        letterOf(found.language, `${url}${way(found.word)}`),
      )
    return send(
      reply,
      page(
        language,
        html`<p>If there is somebody of this name with a mail address, a letter is on its way.</p>`,
      ),
      language,
    )
  })

  server.get<{ Params: { word: string } }>(way(':word'), async (request, reply) => {
    const language = languageOf(request)
    if (!(await people.isReset(request.params.word)))
      return send(
        reply.code(404),
        refused(404, 'This way was used already, or is older than an hour.', language),
        language,
      )
    return send(
      reply,
      page(
        language,
        html`<form method="post" action="${way(request.params.word)}">
          ${field({ name: 'password', label: 'A new password', type: 'password', required: true })}
          <button class="first">That is it</button>
        </form>`,
      ),
      language,
    )
  })
  server.post<{ Params: { word: string } }>(way(':word'), async (request, reply) => {
    const language = languageOf(request)
    if (isFromElsewhere(request))
      return send(reply.code(403), refused(403, 'This was sent from another site.', language), language)
    const { password = '' } = flat(request.body)
    // Before it is used up.
    checkPassword(password, '')
    const whose = await people.takeReset(request.params.word)
    if (!whose) throw new Complaint('This way was used already, or is older than an hour.')
    await people.changePassword(whose.id, password)
    return reply.redirect('/login', 303)
  })
}
