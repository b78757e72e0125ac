import { afterEach, describe, expect, it } from 'vitest'
import { app } from '../../../web/src/strings/app.ts'
import { textFor } from '../../../web/src/strings/area.ts'
import { shown } from '../../../web/src/strings/current.ts'
import { german } from '../../../web/src/strings/de/index.ts'
import { formatList, formatNumber } from '../../../web/src/strings/format.ts'
import { localeOf, preferredLanguage } from '../../../web/src/strings/language.ts'
import { pluralIn } from '../../../web/src/strings/plural.ts'
import { formatDate, formatRelativeTime } from '../../../web/src/ui/format-date.ts'

const english = shown.get()
afterEach(() => shown.set(english))

describe('The language of the page', () => {
  it('is the choice, else the first of the browser’s languages that the app has, else English', () => {
    expect(preferredLanguage('en', ['de'])).toBe('en')
    expect(preferredLanguage(null, ['fr-CA', 'de-AT', 'en'])).toBe('de')
    expect(preferredLanguage(null, ['en-GB', 'de'])).toBe('en')
    expect(preferredLanguage(null, ['fr', 'deu', 'dex'])).toBe('en')
    expect(preferredLanguage(null, [])).toBe('en')
  })

  it('has the region of the browser for dates', () => {
    expect(localeOf('en', ['de', 'en-GB', 'en'])).toBe('en-GB')
    expect(localeOf('de', ['en-GB'])).toBe('de')
  })

  it('changes every string, number and date at once', () => {
    const at = Date.UTC(2026, 10, 29, 12)
    expect(app.notFound.title).toBe('This page does not exist')
    shown.set({ language: 'de', locale: 'de', tables: german })
    expect(app.notFound.title).toBe('Diese Seite gibt es nicht')
    expect(app.signIn.oidcButton({ name: 'Keycloak' })).toBe('Weiter mit Keycloak')
    expect(formatNumber(12_345)).toBe('12.345')
    expect(formatList(['a', 'b', 'c'])).toBe('a, b und c')
    expect(formatDate(at)).toMatch(/^29\.11\.2026/)
    expect(formatRelativeTime(at - 3 * 3_600_000, at)).toBe('vor 3 Stunden')
    shown.set({ language: 'en', locale: 'en-US', tables: null })
    expect(app.notFound.title).toBe('This page does not exist')
    expect(formatNumber(12_345)).toBe('12,345')
    expect(formatDate(at)).toMatch(/^Nov 29, 2026/)
    expect(formatRelativeTime(at - 3 * 3_600_000, at)).toBe('3 hours ago')
  })

  it('falls back to English for an area that a table lacks', () => {
    shown.set({ language: 'de', locale: 'de', tables: {} })
    expect(app.notFound.title).toBe('This page does not exist')
  })
})

describe('Strings', () => {
  it('have plural forms by the rules of their language', () => {
    const forms = { one: 'one', few: 'few', other: 'other' }
    expect([0, 1, 2].map((count) => pluralIn('en')(count, forms))).toEqual(['other', 'one', 'other'])
    expect(pluralIn('de')(1, { other: 'other' })).toBe('other')
  })

  it('are found by a code, and only by a code of the group', () => {
    expect(textFor(app.signInErrors, 'expired')).toMatch(/too long/)
    for (const name of ['', 'nothing', 'constructor', 'toString']) expect(textFor(app.signInErrors, name)).toBeUndefined()
  })
})
