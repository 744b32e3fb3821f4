// What a statement is sent with, in the language of who pays. Pure.

import type { Letter } from '../notify/letter.ts'
import type { Document } from './paper/content.ts'

const words = {
  en: {
    subject: (number: string, month: string) => `Statement ${number} for ${month}`,
    total: (total: string, due: string) => `To pay: ${total}, due ${due}.`,
    saved: (saved: string) => `Your plan saved ${saved}.`,
    attached: 'Attached: the statement as PDF, and every call.',
  },
  ru: {
    subject: (number: string, month: string) => `Счёт ${number} за ${month}`,
    total: (total: string, due: string) => `К оплате: ${total}, срок ${due}.`,
    saved: (saved: string) => `Ваш тариф сэкономил ${saved}.`,
    attached: 'Приложены счёт в PDF и все звонки.',
  },
} as const

export function statementLetter({
  number,
  first_day,
  total,
  saved,
  currency,
  due_at,
  payer,
  issuer,
}: Document): Letter {
  const own = words[payer.language === 'ru' ? 'ru' : 'en']
  const subject = own.subject(number ?? '', first_day.slice(0, 7))
  return {
    subject,
    heading: `${payer.name ?? ''}: ${subject}`,
    lines: [
      own.total(`${total} ${currency}`, due_at ?? ''),
      ...(Number(saved) > 0 ? [own.saved(`${saved} ${currency}`)] : []),
      own.attached,
    ],
    tables: [],
    foot: issuer.name ?? '',
  }
}
