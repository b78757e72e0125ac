/** The table of behaviours in test/browser/README.md names existing tests. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '..', 'browser')

const rows = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| (\d+) \| [^|]+ \| ([^|]+) \|$/gm)].map(
  ([, number, files = '']) => ({
    number: Number(number),
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }),
)

/** Whether the title of a test in this source begins with `number`. "11. and 17. …" has two. */
const hasTest = (source: string, number: number): boolean =>
  new RegExp(`\\bit(?:\\.each\\(.*\\))?\\(\\s*['"\`](?:\\d+\\. and )?${number}\\. `).test(source)

describe('The table of behaviours', () => {
  it('has a row for each of the 40 numbers', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  })

  it.each(rows)('names files with a test of $number', ({ number, files }) => {
    expect(files).not.toEqual([])
    for (const file of files) {
      const path = join(folder, file)
      expect([file, existsSync(path) && hasTest(readFileSync(path, 'utf8'), number)]).toEqual([file, true])
    }
  })
})
