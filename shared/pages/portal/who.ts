// Who comes to the portal: clients, and nobody else.

import type { Role } from '../../web/person.ts'

export const clientOnly: readonly Role[] = ['client']
export const pageMost = 100
