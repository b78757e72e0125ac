/** Numbers and lists in the language of the page. `ui/format-date.ts` formats dates. */
import { shown } from './current.ts'

/** A formatter, kept until the locale changes. */
export function perLocale<Formatter>(create: (locale: string | undefined) => Formatter): () => Formatter {
  let kept: { readonly locale: string | undefined; readonly formatter: Formatter } | undefined
  return () => {
    const { locale } = shown.get()
    if (kept?.locale !== locale || kept === undefined) kept = { locale, formatter: create(locale) }
    return kept.formatter
  }
}

const numbers = perLocale((locale) => new Intl.NumberFormat(locale))
const lists = perLocale((locale) => new Intl.ListFormat(locale))

/** “12,345”. */
export const formatNumber = (value: number): string => numbers().format(value)

/** “$1.25”. `currency`: an ISO 4217 code. Up to four digits after the point, because one answer costs little. */
export const formatMoney = (value: number, currency: string): string =>
  new Intl.NumberFormat(shown.get().locale, { style: 'currency', currency, maximumFractionDigits: 4 }).format(value)

/** “a, b, and c”. */
export const formatList = (parts: readonly string[]): string => lists().format(parts)

const tenths = perLocale((locale) => new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }))

/** “1.4”. */
export const formatTenths = (value: number): string => tenths().format(value)
