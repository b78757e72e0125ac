/** Every language has the same strings as English, with the same arguments. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { german } from '../../../web/src/strings/de/index.ts'
import type { Table } from '../../../web/src/strings/translation.ts'
import { sameInBoth } from './same-in-both.ts'

const folder = join(import.meta.dirname, '../../../web/src/strings')
const exportName = (file: string): string => file.replace(/\.ts$/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
const files = readdirSync(join(folder, 'en')).sort()

/** Area → its table. */
const english: Record<string, Table> = {}
for (const file of files) english[exportName(file)] = (await import(join(folder, 'en', file)))[exportName(file)]

type Value = string | ((values: never) => string)

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

/** Calls a function with a mark for each argument. `used`: the arguments it reads. */
function filled(value: Value): { readonly text: string; readonly used: string[] } {
  if (typeof value === 'string') return { text: value, used: [] }
  const used = new Set<string>()
  const get = (_: object, name: string | symbol): string => {
    used.add(String(name))
    return `«${String(name)}»`
  }
  const values = new Proxy({}, { get })
  return { text: value(values as never), used: [...used].sort() }
}

/** What a text shows of its arguments: marks, numbers (a mark is none), and places for elements. */
const marks = (text: string): string[] => [...new Set(text.match(/«\w+»|NaN|\{\w+\}/g))].sort()

const en = flat(english)
const de = flat(german)

describe('The strings of the app', () => {
  it('have an area per file, in every language', () => {
    expect(files.length).toBeGreaterThan(0)
    expect(
      readdirSync(join(folder, 'de'))
        .filter((file) => file !== 'index.ts')
        .sort(),
    ).toEqual(files)
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort())
    expect(files.filter((file) => !readdirSync(folder).includes(file))).toEqual([])
  })

  it('have the same names in every language', () => {
    expect([...de.keys()].sort()).toEqual([...en.keys()].sort())
  })

  it('are never empty, and have no space at an end', () => {
    for (const [name, value] of [...en, ...de]) {
      const { text } = filled(value)
      expect(text, name).not.toBe('')
      expect(text, name).toBe(text.trim())
    }
  })

  it('use the same arguments and elements in every language', () => {
    for (const [name, value] of en) {
      const translated = filled(de.get(name) ?? '')
      expect({ name, used: translated.used, marks: marks(translated.text) }).toEqual({
        name,
        used: filled(value).used,
        marks: marks(filled(value).text),
      })
    }
  })

  it('are translated, except words that both languages share', () => {
    const same = [...en].filter(([name, value]) => filled(value).text === filled(de.get(name) ?? '').text).map(([name]) => name)
    expect(same.sort()).toEqual(sameInBoth.toSorted())
  })

  it('follow German typography: „…“, and a no-break space before an ellipsis', () => {
    for (const [name, value] of de) expect(filled(value).text, name).not.toMatch(/["”]|\p{L}…| …/u)
  })
})
