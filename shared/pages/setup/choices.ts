// Clients and plans to choose from, and new ones.

import { Complaint } from '../../errors/complaint.ts'
import type { Visit } from '../../web/page.ts'

export interface Option {
  value: string
  text: string
}

export const clientOptions = ({ ask }: Pick<Visit, 'ask'>): Promise<Option[]> =>
  ask<Option>(
    `-- web: clients\nselect id::text as value, name || ' (' || id || ')' as text from client order by name, client.id limit 500`,
  )

export const planOptions = ({ ask }: Pick<Visit, 'ask'>): Promise<Option[]> =>
  ask<Option>(
    `-- web: plans\nselect tarifnum::text as value, name || ' (' || tarifnum || ')' as text from tarifplan order by name, tarifnum limit 500`,
  )

/** Its number. Throws a Complaint for one without a name. */
export async function newClient({ ask }: Pick<Visit, 'ask'>, name: string, plan: string): Promise<string> {
  if (name.trim() === '') throw new Complaint('Choose a client, or name a new one.')
  const [made] = await ask<{ id: string }>(
    `-- web: a client\ninsert into client (name, tarif_id) values ($1, $2::integer) returning id::text`,
    [name.trim(), plan || null],
  )
  return made?.id ?? ''
}
