// A client that is not there yet.

import { Complaint } from '../../errors/complaint.ts'
import type { Visit } from '../../web/page.ts'

/** Its number. Throws a Complaint for one without a name. */
export async function newClient({ ask }: Pick<Visit, 'ask'>, name: string, plan: string): Promise<string> {
  if (name.trim() === '') throw new Complaint('Choose a client, or name a new one.')
  const [made] = await ask<{ id: string }>(
    `-- web: a client\ninsert into client (name, tarif_id) values ($1, $2::integer) returning id::text`,
    [name.trim(), plan || null],
  )
  return made?.id ?? ''
}
