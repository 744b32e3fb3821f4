// Why do calls wait? Problem by problem, with the form that sets them going.

import { Complaint } from '../errors/complaint.ts'
import { outlookOf } from '../simulation/pass-on.ts'
import type { Line } from '../simulation/pass-on.ts'
import { Beside, html } from '../text/html.ts'
import { momentIn } from '../text/moment.ts'
import type { Html } from '../text/html.ts'
import { field, sent } from '../web/layout.ts'
import type { Page, ShownOnce, Visit } from '../web/page.ts'
import { mendFor } from './mend.ts'
import type { Mend, Parked } from './mend.ts'

const parkedQuery = `-- web: why calls wait
select parked.status::text, parked.problem, calls::integer, minutes::text, money_at_stake::text, since, first_call::text, call.source_id, call.src, call.accountcode, call.channel, call.client_id, call.number
from parked_calls parked join paidcalls call on call.id = parked.first_call
limit 50`

const triedMost = 200

/** `line`: the stages by the status they take, to see what would become of calls. */
export const createWaiting = (line: Line): Page => ({
  path: '/waiting',
  title: 'Waiting calls',
  roles: ['administrator', 'operator'],
  menu: true,
  async show(visit) {
    const { ask, person } = visit
    const parked = await ask<Parked>(parkedQuery)
    const undone = await lastEdit(visit)
    const problems: Html[] = []
    for (const one of parked) problems.push(await problem(one, visit))
    return {
      question: 'Why do calls wait, what is at stake, and what sets them going?',
      body: html`${
        undone &&
        html`<form method="post" class="fields">
          ${sent(person, { edit: undone.id })}
          <button name="do" value="undo">Undo: ${undone.what}</button>
        </form>`
      }
      ${parked.length === 0 ? html`<p class="none">No call waits for anybody.</p>` : problems}`,
    }
  },
  async send(visit) {
    const { ask, form } = visit
    if (form['do'] === 'undo') return undo(visit)
    const [one] = (await ask<Parked>(parkedQuery)).filter(({ first_call }) => first_call === form['call'])
    if (!one) throw new Complaint('These calls wait no more.')
    if (form['do'] === 'try') {
      const [tried] = await ask<{ calls: number }>(
        `-- web: try again\nwith tried as (update paidcalls set problem = null where problem = (select problem from paidcalls where id = $1) returning 1) select count(*)::integer as calls from tried`,
        [one.first_call],
      )
      return { to: '/waiting', said: `${tried?.calls ?? 0} calls are tried again.` }
    }
    const mend = await mendFor(one, visit)
    if (!mend) throw new Complaint('Nothing on this page can mend that.')
    if (form['do'] === 'look') return look(one, mend, visit, line)
    await mend.apply(form)
    return { to: '/waiting', said: `Done. ${one.calls} calls (${one.money_at_stake ?? '?'}) go on.` }
  },
})

/** What would become of the calls: entered, tried and taken back. */
async function look(one: Parked, mend: Mend, visit: Visit, line: Line): Promise<ShownOnce> {
  const { db, form, person } = visit
  await db.query('savepoint before')
  await mend.apply(form)
  await db.query('set local role paidcalls_stage')
  const outlook = await outlookOf(db, line, { ...one, most: triedMost })
  // Takes back the role, too.
  await db.query('rollback to savepoint before')
  const { calls, totals, problems } = outlook
  const fields = mend.fields.map((given) => ({ ...given, value: form[given.name] ?? given.value }))
  return {
    shown: {
      question: 'What would become of these calls? Nothing is done yet.',
      body: html`<p><strong>${one.problem}</strong>${new Beside(one.problem)}</p>
        ${calls < one.calls && html`<p>Tried on the first ${calls} of ${one.calls} calls.</p>`}
        <ul>
          ${totals.map(({ calls: priced, total, currency }) => html`<li>${priced} calls, ${total} ${currency}</li>`)}
          ${problems.map(({ calls: left, problem: why }) => html`<li>${left} calls would wait on: ${why}</li>`)}
        </ul>
        <form method="post" class="fields">
          ${sent(person, { call: one.first_call })} ${fields.map(field)}
          <button class="first" name="do" value="mend">${mend.button}</button>
          <button name="do" value="look">Look again</button>
          <a href="/waiting">Leave it</a>
        </form>`,
    },
  }
}

async function problem(one: Parked, visit: Visit): Promise<Html> {
  const { person } = visit
  const mend: Mend | null = person.role === 'administrator' ? await mendFor(one, visit) : null
  const since = momentIn(person.time_zone)(one.since)
  return html`<details open>
    <summary><strong>${one.problem}</strong>${new Beside(one.problem)}</summary>
    <p>
      ${one.calls} calls, ${one.minutes} minutes, about ${one.money_at_stake ?? '?'} at stake, since ${since};
      the first is <a href="/calls/${one.first_call}">call ${one.first_call}</a>.
    </p>
    <form method="post" class="fields">
      ${sent(person, { call: one.first_call })}
      ${mend && html`${mend.fields.map(field)}<button class="first" name="do" value="mend">${mend.button}</button><button name="do" value="look">What would it come to?</button>`}
      <button name="do" value="try">Try again</button>
    </form>
  </details>`
}

interface Edit {
  id: string
  what: string
}

const undoable: Readonly<Record<string, string>> = {
  callerid: 'callerid',
  provider: 'provider',
  tarif: 'tarif',
}

/** What this person entered last, within the hour, and is there still. */
async function lastEdit({ ask, person }: Visit): Promise<Edit | null> {
  const [edit] = await ask<Edit & { table_name: string; key: number }>(
    `-- web: what was entered last
    select id::text, table_name, (new_row ->> 'id')::integer as key, concat_ws(' ', table_name, coalesce(new_row ->> 'callerid', new_row ->> 'channel', new_row ->> 'code')) as what
    from change_log where person = $1 and operation = 'insert' and table_name = any ($2) and changed_at > now() - interval '1 hour'
      -- Of a long log its end is read.
      and id > (select max(id) - 1000 from change_log)
      -- A row by itself: of a list that was loaded none is taken back alone.
      and not exists (select from change_log beside where beside.id in (change_log.id - 1, change_log.id + 1) and beside.changed_at = change_log.changed_at)
    order by id desc limit 1`,
    [person.name, Object.keys(undoable)],
  )
  if (!edit || person.role !== 'administrator') return null
  const [there] = await ask(
    `-- web: is it there still?\nselect 1 as one from ${undoable[edit.table_name] ?? ''} where id = $1`,
    [edit.key],
  )
  return there ? edit : null
}

async function undo(visit: Visit): Promise<{ to: string; said: string }> {
  const edit = await lastEdit(visit)
  if (!edit || edit.id !== visit.form['edit']) throw new Complaint('There is nothing to undo any more.')
  const [table = ''] = edit.what.split(' ')
  await visit.ask(
    `-- web: undo\ndelete from ${undoable[table] ?? ''} where id = (select (new_row ->> 'id')::integer from change_log where id = $1)`,
    [edit.id],
  )
  return {
    to: '/waiting',
    said: `Undone: ${edit.what}. Calls priced meanwhile keep their price; price them again at their pages.`,
  }
}
