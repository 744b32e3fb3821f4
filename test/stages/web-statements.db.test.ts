import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { aCall, anOffice } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { startPages, visitor } from '../support/pages.ts'
import { openMailbox } from '../support/mailbox.ts'
import type { Mailbox } from '../support/mailbox.ts'
import type { Pages, Visitor } from '../support/pages.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('statements at pages', () => {
  let web: Pages
  let office: Awaited<ReturnType<typeof anOffice>>
  let keeper: Visitor
  let anna: Visitor
  let mailbox: Mailbox

  beforeAll(async () => {
    office = await anOffice(database.db)
    for (let nr = 0; nr < 3; nr++)
      await aCall(database.db, { source_id: office.source_id, calldate: '2026-09-12T10:00:00Z' })
    await drainStages(database.url)
    await rollUp(database.url)
    await ask(`insert into web_user (name, role) values ('keeper', 'bookkeeper')`)
    mailbox = await openMailbox()
    web = await startPages(database.url, { SMTP_URL: mailbox.smtpUrl, MAIL_FROM: 'billing@example.net' })
    keeper = await visitor(web, 'keeper')
    anna = await visitor(web, 'anna')
  }, 60_000)
  afterAll(async () => {
    await web.stop()
    await mailbox.close()
  })

  const file = (path: string, who = keeper): Promise<Response> =>
    fetch(`${web.base}${path}`, { headers: { cookie: who.cookie } })

  it('are drafted, issued once and taken back by a bookkeeper', async () => {
    const drafted = await keeper.send('/statements', { do: 'draft', month: '2026-09', client: '' })
    expect(drafted.text).toContain('1 drafts.')
    const issued = await keeper.send('/statements', { do: 'issue', month: '2026-09' })
    expect(issued.text).toContain('1 issued.')
    const again = await keeper.send('/statements', { do: 'issue', month: '2026-09' })
    expect(again.text).toContain('0 issued; 1 were issued before.')
    const [made] = await ask('select id, number, total::text, status from statement')
    expect(made).toMatchObject({ status: 'issued' })
    const path = `/statements/${String(made?.['id'])}`
    const shown = await keeper.get(path)
    expect(shown).toContain(String(made?.['number']))
    expect(shown).toContain(String(made?.['total']))
    const unknown = await keeper.send(path, { do: 'mail', address: 'nobody@example.net' })
    expect(unknown.text).toContain('The mail server did not take it')
    expect(await ask('select from statement_mail')).toEqual([])
    const mailed = await keeper.send(path, { do: 'mail', address: 'payer@example.net' })
    expect(mailed.text).toContain('Mailed to payer@example.net')
    const [letter] = mailbox.mails
    expect(letter?.subject).toBe(`Statement ${String(made?.['number'])} for 2026-09`)
    expect(letter?.attachments.map(({ filename }) => filename)).toEqual([
      `${String(made?.['number'])}.pdf`,
      `${String(made?.['number'])}.csv`,
    ])
    expect(letter?.text).toContain(String(made?.['total']))
    expect(await ask('select address, person from statement_mail')).toEqual([
      { address: 'payer@example.net', person: 'keeper' },
    ])
    const back = await keeper.send(path, { do: 'void', reason: 'wrong address' })
    expect(back.text).toContain('Void: wrong address.')
    expect(await ask('select status from statement')).toEqual([{ status: 'void' }])
  })

  it('are handed out as PDF, CSV with every call, and JSON', async () => {
    const [made] = await ask('select id, number from statement')
    const path = `/statements/${String(made?.['id'])}`
    const pdf = await file(`${path}/pdf`)
    expect(pdf.headers.get('content-disposition')).toBe(
      `attachment; filename="${String(made?.['number'])}.pdf"`,
    )
    expect(
      Buffer.from(await pdf.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect((await (await file(`${path}/csv`)).text()).trim().split('\n')).toHaveLength(4)
    expect(await (await file(`${path}/json`)).json()).toMatchObject({
      number: made?.['number'],
      client_id: office.client_id,
    })
    expect((await file('/statements/999/pdf')).status).toBe(400)
  })

  it('are not made by who may not, nor for a month that is not over', async () => {
    expect((await anna.send('/statements', { do: 'issue', month: '2026-09' })).status).toBe(403)
    for (const kind of ['', '/pdf', '/csv', '/json'])
      expect((await file(`/statements/1${kind}`, anna)).status).toBe(403)
    const early = await keeper.send('/statements', { do: 'issue', month: '2035-01' })
    expect(early.text).toMatch(/0 issued|not over/)
    await aCall(database.db, { source_id: office.source_id, src: '288', calldate: '2026-08-12T10:00:00Z' })
    await drainStages(database.url)
    const waiting = await keeper.send('/statements', { do: 'issue', month: '2026-08' })
    expect(waiting.status).toBe(400)
    expect(waiting.text).toContain('no client owns caller ID 288')
    expect(waiting.text).toContain('or choose that they come next month')
    expect((await keeper.send('/statements', { do: 'issue', month: 'May' })).text).toContain(
      'A month such as 2026-10',
    )
  })
})
