// Who is at a page, and which passwords people may choose. Pure.

import { Complaint } from '../errors/complaint.ts'

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

export const passwordLeast = 12

// What passwords that are guessed first are made of, beside years and the name.
const guessed =
  /passwor[dt]|parol|пароль|qwert[yz]?|uiop|asdfg?h?|zxcv|йцукен|1q2w|3e4r|123\d*|[90]?987\d*|abcd\w?|letmein|welcome|admin(istrator)?|paidcalls|changeme|secret|login|master|iloveyou|dragon|monkey|football|baseball|summer|winter|(19|20)\d\d/g
const differentLeast = 5

/** Throws a Complaint for one that is short, or holds little but what is tried first. */
export function checkPassword(password: string, name: string): void {
  if (password.length < passwordLeast) throw new Complaint(`A password has ${passwordLeast} signs or more.`)
  const own = password.toLowerCase().replaceAll(name.toLowerCase(), '').replace(guessed, '')
  if (new Set(own).size < differentLeast)
    throw new Complaint('This password is too easily guessed: take words that belong to nothing you do.')
}
