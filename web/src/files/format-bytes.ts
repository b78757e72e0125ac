/** Sizes of files in the language of the page. */
import { perLocale } from '../strings/format.ts'

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

const formats = units.map((unit, index) =>
  perLocale(
    (locale) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: index === 0 ? 'long' : 'short',
        maximumFractionDigits: index < 2 ? 0 : 1,
      }),
  ),
)

/** “1.2 MB”. */
export function formatBytes(bytes: number): string {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)))
  return formats[step]?.().format(bytes / 1_000 ** step) ?? ''
}
