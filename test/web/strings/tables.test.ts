/** Every language has the same strings as English, with the same arguments. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { german } from '../../../web/src/strings/de/index.ts'
import { de, en, english, files, filled, folder, marks } from '../../support/app-strings.ts'
import { sameInBoth } from './same-in-both.ts'

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
