/** All 25 abuse cases have numbered tests in the files of the table. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const rows = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, , where] = /^\| (\d+) \| (.*) \| (.*) \|$/.exec(line) ?? []
    return number && where ? [{ number: Number(number), where }] : []
  })

describe('The abuse cases', () => {
  it('are complete', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
  })

  it('wait for no feature', () => {
    expect(rows.filter(({ where }) => where.startsWith('waits for'))).toEqual([])
  })

  it.each(rows)('include $number, tested in the files of the table', ({ number, where }) => {
    for (const [, file = ''] of where.matchAll(/`([^`]+)`/g)) {
      const path = join(import.meta.dirname, file)
      expect([file, existsSync(path)]).toEqual([file, true])
      const ids = new RegExp(`\\b(?:it|describe)(?:\\.\\w+\\([^)]*\\))?\\(\\s*['"\`]${number}\\. `)
      expect([file, ids.test(readFileSync(path, 'utf8'))]).toEqual([file, true])
    }
  })
})
