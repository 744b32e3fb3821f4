// Currencies as ISO 4217 has them.

// Intl follows CLDR, which says of HUF, COP and others how people write them, not what their minor unit is.
const others: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ['BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0] as const,
    ['BHD IQD JOD KWD LYD OMR TND', 3] as const,
    ['CLF UYW', 4] as const,
  ].flatMap(([currencies, digits]) => currencies.split(' ').map((currency) => [currency, digits])),
)

/** Digits of a currency's minor unit (ISO 4217, list one): 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: string): number {
  return others[currency] ?? 2
}
