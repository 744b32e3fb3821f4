// What pages say, in the languages of those who look at them. Pure.

const english = {
  overview: 'Overview',
  waiting: 'Waiting calls',
  calls: 'Calls',
  compare: 'Compare',
  countries: 'Countries',
  providers: 'Providers',
  clients: 'Clients',
  alerts: 'Alerts',
  rules: 'Rules',
  sources: 'Exchanges',
  tariffs: 'Tariffs',
  numbers: 'Numbers',
  doctor: 'Doctor',
  quote: 'Quote',
  users: 'Users',
  me: 'Me',
  login: 'Log in',
  logout: 'Log out',
  name: 'Name',
  password: 'Password',
  wrong: 'Name or password is wrong, or there were too many tries: then wait a quarter of an hour.',
  nothing: 'Nothing.',
  save: 'Save',
  search: 'Search',
  next: 'Older',
  download: 'CSV',
  times: 'Times are those of',
} as const

type Text = Readonly<Record<keyof typeof english, string>>

const russian: Text = {
  overview: 'Обзор',
  waiting: 'Ждущие звонки',
  calls: 'Звонки',
  compare: 'Сравнение',
  countries: 'Страны',
  providers: 'Операторы',
  clients: 'Клиенты',
  alerts: 'Тревоги',
  rules: 'Правила',
  sources: 'Станции',
  tariffs: 'Тарифы',
  numbers: 'Номера',
  doctor: 'Проверка',
  quote: 'Расчёт цены',
  users: 'Пользователи',
  me: 'Мои настройки',
  login: 'Войти',
  logout: 'Выйти',
  name: 'Имя',
  password: 'Пароль',
  wrong: 'Имя или пароль неверны, или было слишком много попыток: тогда подождите четверть часа.',
  nothing: 'Ничего.',
  save: 'Сохранить',
  search: 'Искать',
  next: 'Раньше',
  download: 'CSV',
  times: 'Время по поясу',
}

export type Word = keyof Text

/** English for a language there is none of. */
export function wordsIn(language: string): Text {
  return language === 'ru' ? russian : english
}
