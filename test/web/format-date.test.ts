/** The functions that format dates never throw, and no other file of the app formats one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { byDay } from '../../web/src/sessions/days.ts'
import * as dates from '../../web/src/ui/format-date.ts'

const source = join(import.meta.dirname, '../../web/src')
const impossible = [9e15, -9e15, Number.MAX_SAFE_INTEGER, Number.NaN, Number.POSITIVE_INFINITY]

describe('Dates in the app', () => {
  it('are text for every number', () => {
    for (const at of [...impossible, 0, Date.now()]) {
      for (const [name, format] of Object.entries(dates)) {
        const text = (format as (at: number, now: number) => unknown)(at, Date.now())
        if (name.startsWith('format')) expect(text, `${name}(${at})`).toEqual(expect.any(String))
      }
    }
    expect(dates.formatDate(9e15)).toBe('unknown time')
    expect(dates.isoDate(9e15)).toBeUndefined()
    expect(dates.formatDate(0)).toMatch(/19(69|70)/)
  })

  it('group every session, also one at an impossible time', () => {
    const now = Date.UTC(2026, 10, 29)
    const session = (updated_at: number) => ({
      session_id: `${updated_at}`,
      title: '',
      state: 'idle' as const,
      created_at: 0,
      updated_at,
      last_turn_id: null,
    })
    const days = byDay([...impossible, now, now - 90 * 86_400_000].map(session), now)
    expect(days.flatMap(({ sessions }) => sessions)).toHaveLength(impossible.length + 2)
    expect(days.map(({ label }) => label)).toContain('Today')
  })

  it('are formatted in one file', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
    const formats = /toISOString|toLocale(Date|Time)String|new Date\(|DateTimeFormat\([^)]|RelativeTimeFormat/
    expect(files.filter((name) => formats.test(readFileSync(join(source, name), 'utf8')))).toEqual(['ui/format-date.ts'])
  })
})
