/** The language of the page, and its tables. No DOM: Node imports this file. `language.ts` sets the values. */
import { signal } from '../state/signal.ts'
import type { Table } from './translation.ts'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** What the page shows. `tables` is null for English, which is part of the code that uses it. `locale`: a BCP 47 tag with a region, for dates. */
export interface Shown {
  readonly language: Language
  readonly locale: string | undefined
  readonly tables: Readonly<Record<string, Table>> | null
}

export const shown = signal<Shown>({ language: 'en', locale: undefined, tables: null })
