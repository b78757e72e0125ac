import { describe, expect, it } from 'vitest'
import { continueSearch, findItem, moveTo } from '../../web/src/ui/menu-keys.ts'

const texts = ['No persona', 'Tutor', 'Translator', 'Über uns', 'Persona settings']

describe('A search in a menu', () => {
  it('grows with each letter, and begins again after a pause', () => {
    const first = continueSearch({ text: '', at: 0 }, 't', 5_000)
    expect(first).toEqual({ text: 't', at: 5_000 })
    expect(continueSearch({ text: 't', at: 5_000 }, 'u', 5_900)?.text).toBe('tu')
    expect(continueSearch({ text: 'tu', at: 5_900 }, 'p', 6_900)?.text).toBe('p')
  })

  it('takes a space only within a search, and no named key', () => {
    expect(continueSearch({ text: '', at: 0 }, ' ', 5_000)).toBeNull()
    expect(continueSearch({ text: 'no', at: 5_000 }, ' ', 5_100)?.text).toBe('no ')
    for (const key of ['Enter', 'Tab', 'Escape', 'Shift', 'F2']) expect(continueSearch({ text: 'no', at: 5_000 }, key, 5_100)).toBeNull()
  })

  it('finds the next item with one letter, also a repeated one, and stays on a match with more', () => {
    expect(findItem(texts, 0, 't')).toBe(1)
    expect(findItem(texts, 1, 'tt')).toBe(2)
    expect(findItem(texts, 2, 'ttt')).toBe(1)
    expect(findItem(texts, 1, 'tut')).toBe(1)
    expect(findItem(texts, 1, 'tr')).toBe(2)
    expect(findItem(texts, -1, 'no p')).toBe(0)
    expect(findItem(texts, 0, 'ü')).toBe(3)
    expect(findItem(texts, 0, 'x')).toBe(-1)
    expect(findItem([], -1, 'x')).toBe(-1)
  })
})

describe('A key in a menu', () => {
  it('moves to the next item, the one before, the first or the last, and not beyond', () => {
    const steps = (['ArrowDown', 'ArrowUp', 'Home', 'End', 'Enter'] as const).map((key) => [-1, 0, 4].map((at) => moveTo(key, at, 5)))
    expect(steps).toEqual([
      [0, 1, 4],
      [4, 0, 3],
      [0, 0, 0],
      [4, 4, 4],
      [null, null, null],
    ])
  })
})
