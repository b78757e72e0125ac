/** The strings of the web app in both languages. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { german } from '../../web/src/strings/de/index.ts'
import type { Table } from '../../web/src/strings/translation.ts'

export const folder = join(import.meta.dirname, '../../web/src/strings')
export const files = readdirSync(join(folder, 'en')).sort()
const exportName = (file: string): string => file.replace(/\.ts$/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Area → its table. */
export const english: Record<string, Table> = {}
for (const file of files) english[exportName(file)] = (await import(join(folder, 'en', file)))[exportName(file)]

export type Value = string | ((values: never) => string)

/** `area.group.name` → value. */
const flat = (tables: Readonly<Record<string, Table>>): Map<string, Value> =>
  new Map(
    Object.entries(tables).flatMap(([area, table]) =>
      Object.entries(table).flatMap(([name, value]): [string, Value][] =>
        typeof value === 'object'
          ? Object.entries(value).map(([inner, text]) => [`${area}.${name}.${inner}`, text])
          : [[`${area}.${name}`, value]],
      ),
    ),
  )

export const en = flat(english)
export const de = flat(german)

/** Calls a function with a mark for each argument. `used`: the arguments it reads. */
export function filled(value: Value): { readonly text: string; readonly used: string[] } {
  if (typeof value === 'string') return { text: value, used: [] }
  const used = new Set<string>()
  const get = (_: object, name: string | symbol): string => {
    used.add(String(name))
    return `«${String(name)}»`
  }
  return { text: value(new Proxy({}, { get }) as never), used: [...used].sort() }
}

/** What a text shows of its arguments: marks, numbers (a mark is none), and places for elements. */
export const marks = (text: string): string[] => [...new Set(text.match(/«\w+»|NaN|\{\w+\}/g))].sort()
