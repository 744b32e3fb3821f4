// Who is at a page.

export type Role = 'administrator' | 'operator' | 'bookkeeper' | 'reader' | 'client'

export interface Person {
  id: number
  name: string
  role: Role
  language: string
  time_zone: string
  /** Of the role client: whose it is. */
  client_id: number | null
  csrf: string
  /** What became of the form that was sent last; said once. */
  said: string | null
}
