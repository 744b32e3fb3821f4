// Short numbers that are neither somebody's telephone nor an emergency: directory enquiries, the speaking clock, helplines.
// Many cost money, so they are told from extensions where that can be done.
//
// Sources: ITU-T E.129 (national numbering plans as published by the ITU); Commission Decision 2007/116/EC (116xxx); NANPA
// (N11, 988); Ofcom's National Telephone Numbering Plan; Bundesnetzagentur (115, 118), and 19222, the former ambulance
// number that every German area still connects; ShortNumberMetadata of Google's libphonenumber for the other countries.
// A country that is not here has its services through rows of prefix.

interface Codes {
  /** The service whatever extensions there are. */
  certain?: RegExp
  /** The service where extensions do not have that many digits. */
  otherwise?: RegExp
}

const northAmerica: Codes = { certain: /^(?:[2-8]11|988)$/, otherwise: /^(?:0|933)$/ }
const britain: Codes = {
  certain: /^(?:10[015]|111|119|123|195|118\d{3})$/,
  otherwise: /^(?:15[015]|1471|1571)$/,
}

const codesByCountry: Readonly<Record<string, Codes>> = {
  GB: britain,
  GG: britain,
  IM: britain,
  JE: britain,
  DE: { certain: /^(?:115|118\d\d|1180\d\d|19222)$/ },
  AT: { certain: /^118\d{3}$/, otherwise: /^(?:120|123|128|130|14[0-35-9])$/ },
  CH: { otherwise: /^(?:14[037]|16[1-8]|18\d\d|1414)$/ },
  ES: { certain: /^(?:01[0-27]|016|024|060|06[57]|118\d\d)$/, otherwise: /^1[0245]\d\d$/ },
  FR: { certain: /^118\d{3}$/, otherwise: /^(?:115|119|197|10\d\d|3\d{3})$/ },
  IT: { otherwise: /^(?:114|117|12\d\d|15\d\d|18\d|19\d)$/ },
  PL: { certain: /^118\d{3}$/, otherwise: /^(?:98[4-7]|99[1-6])$/ },
  RU: { certain: /^0[5-9]$/, otherwise: /^(?:00[5-9]|06\d|07\d|100|11[5-9]|12[1-4])$/ },
  KZ: { otherwise: /^(?:109|111|115|116|118|14\d\d)$/ },
  UA: { otherwise: /^(?:10[5-9]|15\d\d)$/ },
}

const countriesOf116 = new Set(
  (
    'AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GG GR HR HU IE IM IS IT JE LI LT LU LV ME MK MT NL NO PL PT RO RS SE ' +
    'SI SK UA'
  ).split(' '),
)

/** Whether these digits are a service in a country (ISO 3166, its calling code) even where extensions have as many. */
export function isService(digits: string, country: string, callingCode: string): boolean {
  if (countriesOf116.has(country) && /^116\d{3}$/.test(digits)) return true
  return codesOf(country, callingCode)?.certain?.test(digits) ?? false
}

/** Whether these digits are a service in a country (ISO 3166, its calling code) provided they are no extension. */
export function isServiceUnlessExtension(digits: string, country: string, callingCode: string): boolean {
  return codesOf(country, callingCode)?.otherwise?.test(digits) ?? false
}

function codesOf(country: string, callingCode: string): Codes | undefined {
  return callingCode === '1' ? northAmerica : codesByCountry[country]
}
