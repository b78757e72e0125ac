/** Each finding of the security review has a test with its number in a title. Its test is beside the code that it is about. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
/** The findings: three high, nine medium and thirteen low ones. */
const findings = Object.entries({ H: 3, M: 9, L: 13 }).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
)
/** The title of a test or of a group of tests that is not skipped. */
const title = /^\s*(?:describe|it)(?:\.(?:each|for|concurrent))*(?:\(.*\))?\(\s*['"`](.*)/gm

/** The titles in `text`. */
const titlesIn = (text: string): string[] => [...text.matchAll(title)].map(([, words = '']) => words)

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))
const titles = files.flatMap((name) => titlesIn(readFileSync(join(root, name), 'utf8')))

describe('A finding', () => {
  it.each(findings)('has a test that names it: %s', (finding) => {
    expect(titles.filter((words) => new RegExp(`\\b${finding}\\b`).test(words))).not.toEqual([])
  })

  it('in a comment, in a skipped test or in another number does not count', () => {
    expect(titlesIn("// describe('H9. A door', () => {\ndescribe.skip('H9. A door', () => {\ndescribe('H91. A door', () => {")).toEqual([
      "H91. A door', () => {",
    ])
    expect(titlesIn("  it.each(['a'])('H9. A %s', () => {")).toEqual(["H9. A %s', () => {"])
  })
})
