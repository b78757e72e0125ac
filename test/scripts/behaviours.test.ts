/** The table of behaviours in test/browser/README.md names exactly the tests that show them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '..', 'browser')

interface Row {
  readonly number: number
  readonly file: string
  /** The title of its `describe`, then its own without the number. */
  readonly test: string
}

const rows: readonly Row[] = [
  ...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| (\d+) \| [^|]*\| `([^`|]+)` \| ([^|]+) \|$/gm),
].map(([, number, file = '', test = '']) => ({ number: Number(number), file, test }))

/** Titles of groups and tests. "11. and 17. …" has two numbers. */
const titles = /^describe\((['"`])(?<group>.*?)\1,|\bit\(\s*(['"`])(?<numbers>(?:\d+\. (?:and )?)+)(?<test>.*?)\3, async/gms

/** The tests of a file whose titles begin with a number. */
function numberedTests(file: string): Row[] {
  let group = ''
  return [...readFileSync(join(folder, file), 'utf8').matchAll(titles)].flatMap(({ groups }) => {
    group = groups?.group ?? group
    const numbers = groups?.numbers?.match(/\d+/g) ?? []
    return numbers.map((number) => ({ number: Number(number), file, test: `${group} ${groups?.test}` }))
  })
}

const textOf = ({ number, file, test }: Row): string => `${String(number).padStart(2, '0')} ${file}: ${test}`

describe('The table of behaviours', () => {
  it('has each of the 40 numbers, in order', () => {
    const numbers = rows.map(({ number }) => number)
    expect([...new Set(numbers)]).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  })

  it('has each numbered test of its files, and no other', () => {
    const files = [...new Set(rows.map(({ file }) => file))]
    expect(rows.map(textOf).sort()).toEqual(files.flatMap(numberedTests).map(textOf).sort())
  })
})
