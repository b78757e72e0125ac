/** The strings of one area in the language of the page. */
import { shown } from './current.ts'
import type { German } from './de/index.ts'
import type { Table, Translation } from './translation.ts'

/**
 * A table with the names of `english`. Each read looks in the language of the page. So modules may load before the language does,
 * but must not keep what they read.
 */
export function area<Name extends keyof German, English extends Table>(name: Name, english: English): Translation<English> {
  const strings = {}
  for (const key of Object.keys(english))
    Object.defineProperty(strings, key, { enumerable: true, get: () => shown.get().tables?.[name]?.[key] ?? english[key] })
  return strings as Translation<English>
}

/** The text under a name that the server or the address gave. Undefined: the group has no such name. */
export const textFor = (group: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(group, name) ? group[name] : undefined
