// The words of reports in the languages of their readers. Pure.

const english = {
  locale: 'en-GB',
  day: 'Calls of',
  weekOf: 'Calls of the week from',
  none: 'There were no calls.',
  overview: 'Overview',
  calls: 'Calls',
  minutes: 'Minutes',
  money: 'Money',
  margin: 'Margin',
  saved: 'Saved by plans',
  dayBefore: 'To the day before',
  weekBefore: 'To the week before',
  clients: 'Top ten clients',
  client: 'Client',
  countries: 'Top ten countries',
  country: 'Country',
  causes: 'How calls ended',
  cause: 'Cause',
  dearest: 'The ten dearest calls',
  began: 'Began',
  called: 'Number',
  foot: 'Times are those of',
}

const russian: typeof english = {
  locale: 'ru-RU',
  day: 'Звонки за',
  weekOf: 'Звонки за неделю с',
  none: 'Звонков не было.',
  overview: 'Итоги',
  calls: 'Звонки',
  minutes: 'Минуты',
  money: 'Сумма',
  margin: 'Маржа',
  saved: 'Экономия по тарифам',
  dayBefore: 'К предыдущему дню',
  weekBefore: 'К предыдущей неделе',
  clients: 'Десять крупнейших клиентов',
  client: 'Клиент',
  countries: 'Десять главных стран',
  country: 'Страна',
  causes: 'Чем закончились звонки',
  cause: 'Причина',
  dearest: 'Десять самых дорогих звонков',
  began: 'Начало',
  called: 'Номер',
  foot: 'Время по поясу',
}

export interface Words extends Readonly<typeof english> {
  /** A number as it is written in the language: the same digits, other signs between them. */
  number: (figure: number | string) => string
}

const languages = { en: english, ru: russian }

/** English for a language there is none of. */
export function wordsIn(language: string): Words {
  const words = language === 'ru' ? languages.ru : languages.en
  const [thousands, point] = language === 'ru' ? ['\u00a0', ','] : [',', '.']
  return {
    ...words,
    number(figure) {
      const [whole = '', rest] = String(figure).split('.')
      const apart = whole.replace(/\B(?=(\d{3})+$)/g, thousands)
      return rest === undefined ? apart : `${apart}${point}${rest}`
    },
  }
}
