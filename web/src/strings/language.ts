/** The language of the page: the stored choice, else the browser's first language that the app has, else English. */
import { useSignal } from '../state/signal.ts'
import { type Language, languages, shown } from './current.ts'
import type { Table } from './translation.ts'

const key = 'soma.language'

const loadTables: Readonly<Record<Language, () => Promise<Readonly<Record<string, Table>> | null>>> = {
  en: async () => null,
  de: async () => (await import('./de/index.ts')).german,
}

/** Each language in itself, so that its readers find it. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' }

const isLanguage = (value: string | null | undefined): value is Language => languages.some((language) => language === value)
const baseOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? ''

function storedChoice(): Language | null {
  try {
    const chosen = localStorage.getItem(key)
    return isLanguage(chosen) ? chosen : null
  } catch {
    return null
  }
}

/** The language for a page that opens. `tags`: the browser's languages, most wanted first. */
export const preferredLanguage = (choice: Language | null, tags: readonly string[]): Language =>
  choice ?? tags.map(baseOf).find(isLanguage) ?? 'en'

/** The browser's own tag of a language (`en-GB`), else the language. Dates follow the region. */
export const localeOf = (language: Language, tags: readonly string[]): string => tags.find((tag) => baseOf(tag) === language) ?? language

/** The language of the last request. A slower, older request must not win. */
let wanted: Language = 'en'

/** Loads a language and shows it. Rejects, and changes nothing, when it cannot be loaded. */
async function show(language: Language): Promise<void> {
  wanted = language
  const tables = await loadTables[language]()
  if (wanted !== language) return
  document.documentElement.lang = language
  shown.set({ language, locale: localeOf(language, navigator.languages), tables })
}

/** How long the first paint waits for a language. Later it replaces English on the page. Milliseconds. */
const firstPaintMs = 3_000

/** Resolves when the page may be painted. Never rejects: the page is in English when its language cannot be loaded. */
export async function startLanguage(): Promise<void> {
  addEventListener('storage', (event) => {
    if (event.key === key) void show(preferredLanguage(storedChoice(), navigator.languages)).catch(() => undefined)
  })
  const loaded = show(preferredLanguage(storedChoice(), navigator.languages)).catch(() => undefined)
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, firstPaintMs))])
}

/** Shows another language at once, and stores the choice. Rejects when it cannot be loaded. */
export async function chooseLanguage(language: Language): Promise<void> {
  await show(language)
  try {
    localStorage.setItem(key, language)
  } catch {
    // Storage is blocked: the language lasts until the page closes.
  }
}

/** Renders the component again when the language changes. The app and each memoised component with strings call it. */
export const useLanguage = (): Language => useSignal(shown).language
