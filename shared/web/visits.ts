// A visit to a page: who is there, what he may, what he is shown, and what his form does.

import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { Complaint } from '../errors/complaint.ts'
import { ahead } from '../text/ahead.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import {
  changed,
  complaint,
  isOurs,
  misasked,
  refusal,
  refused,
  send,
  sendFigures,
  session,
} from './answers.ts'
import { flat, readUpload } from './upload.ts'
import { withQuery } from '../text/html.ts'
import { layout } from './layout.ts'
import type { Download, Page, Shown, Visit } from './page.ts'
import { howOf } from './acting.ts'
import type { People } from './people.ts'
import type { Person, Role } from './person.ts'
import type { SentForm } from './upload.ts'

type Asked = FastifyRequest<{
  Querystring: Record<string, string>
  Params: Record<string, string>
  Body: Record<string, string> | undefined
}>

/** Null: the answer was given already. */
async function admitted(
  people: People,
  request: Asked,
  reply: FastifyReply,
  roles: readonly Role[],
): Promise<Person | null> {
  const person = await people.personOf(request.cookies[session] ?? '')
  if (!person) {
    await reply.redirect(withQuery('/login', { to: request.method === 'GET' ? request.url : '/' }), 303)
    return null
  }
  if (roles.includes(person.role)) return person
  if (person.role === 'client' && request.url === '/') {
    await reply.redirect('/portal', 303)
    return null
  }
  await send(
    reply.code(403),
    refused(403, `This is not for the role ${person.role}.`, person.language),
    person.language,
  )
  return null
}

const visitOf = (
  request: Asked,
  person: Person,
  db: Visit['db'],
  ask: Visit['ask'],
  { fields, file }: Pick<SentForm, 'fields' | 'file'> = { fields: {} },
): Visit => ({
  ...{ person, db, ask, file },
  ...{ query: flat(request.query), params: flat(request.params), form: fields },
})

/** Who has just changed something sees it. */
const mayBeLate = ({ late }: { late?: boolean }, request: Asked, { said }: Person): boolean =>
  late === true && said === null && request.cookies[changed] === undefined

const noFile = { close: () => Promise.resolve() }

/** What was sent, and whether it is a form of ours that this person was shown; a file is looked at only then. */
async function sentForm(
  request: Asked,
  person: Person,
  takesFiles: boolean,
): Promise<SentForm & { isOurs: boolean }> {
  const known = (fields: Readonly<Record<string, string>>): boolean => fields['csrf'] === person.csrf
  const sent: SentForm =
    isOurs(request) && takesFiles && request.isMultipart()
      ? await readUpload(request, known)
      : { fields: flat(request.body), ...noFile }
  const fields = flat(sent.fields)
  return { ...sent, fields, isOurs: isOurs(request) && known(fields) }
}

export function addPage(
  server: FastifyInstance,
  page: Page,
  { people, pages }: { people: People; pages: readonly Page[] },
): void {
  const how = howOf(page)
  server.get(page.path, async (request: Asked, reply) => {
    const person = await admitted(people, request, reply, page.roles)
    if (!person) return reply
    const show = (late: boolean): Promise<Shown> =>
      people.as(person, (db, ask) => page.show(visitOf(request, person, db, ask)), { ...how, late })
    const late = mayBeLate(page, request, person)
    const shown = await show(late)
      // A replica ends what is in the way of what it has to write.
      .catch((error: unknown) => {
        if (late && isNobodysFault(error)) return show(false)
        throw error
      })
      .catch((error: unknown) => {
        const said = misasked(error)
        if (said !== null) return complaint(said)
        throw error
      })
    const { csv } = flat(request.query)
    const figures = shown.figures?.find(({ name }) => name === csv)
    if (figures) return sendFigures(reply, figures)
    const body = layout({ shown, page, pages, person, said: person.said })
    return send(reply, body, person.language, shown.script)
  })
  const { send: done } = page
  if (!done) return
  server.post(page.path, async (request: Asked, reply) => {
    const person = await admitted(people, request, reply, page.senders ?? page.roles)
    if (!person) return reply
    let form: SentForm = { fields: {}, ...noFile }
    try {
      const { isOurs: known, ...read } = await sentForm(request, person, page.files === true)
      form = read
      if (!known)
        return await send(
          reply.code(403),
          refused(403, 'This form is too old. Load the page again.', person.language),
          person.language,
        )
      const work = (db: Visit['db'], ask: Visit['ask']) => done(visitOf(request, person, db, ask, form))
      const after = page.long === true ? await people.alone(person, work) : await people.as(person, work, how)
      if ('shown' in after)
        return await send(
          reply,
          layout({ shown: after.shown, page, pages, person, said: null }),
          person.language,
        )
      await people.say(request.cookies[session] ?? '', after.said)
      return await reply.redirect(after.to, 303)
    } catch (error) {
      const said = refusal(error)
      if (said === null) throw error
      return await send(
        reply.code(400),
        layout({ shown: complaint(said, request.url), page, pages, person, said: null }),
        person.language,
      )
    } finally {
      await form.close()
    }
  })
}

// A file is read from the database as fast as it is taken; that keeps a connection, and there are few.
const filesMost = 2

/** `fetching`: how many files each person is fetching. */
export function addDownload(
  server: FastifyInstance,
  { path, roles, type, file, pieces, ...more }: Download,
  people: People,
  fetching: Map<number, number>,
): void {
  server.get(path, async (request: Asked, reply) => {
    const person = await admitted(people, request, reply, roles)
    if (!person) return reply
    const before = fetching.get(person.id) ?? 0
    if (before >= filesMost) throw new Complaint(`${filesMost} files are on their way: wait for them.`)
    fetching.set(person.id, before + 1)
    return handOut(request, reply, person).finally(() => {
      const now = (fetching.get(person.id) ?? 1) - 1
      if (now > 0) fetching.set(person.id, now)
      else fetching.delete(person.id)
    })
  })

  const handOut = (request: Asked, reply: FastifyReply, person: Person): Promise<FastifyReply> =>
    people.as(
      person,
      async (db, ask) => {
        const visit = visitOf(request, person, db, ask)
        const name = (await file(visit)).replace(/[^\w.-]/g, '-')
        // What is wrong with the question is said before the first piece that is not headings.
        const stream = Readable.from(await ahead(pieces(visit), 2))
        void reply.headers({ 'content-type': type, 'content-disposition': `attachment; filename="${name}"` })
        void reply.send(stream)
        await finished(stream)
        return reply
      },
      { ...howOf(more), late: mayBeLate(more, request, person) },
    )
}
