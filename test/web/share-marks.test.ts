import { expect, it } from 'vitest'
import { unreadIds, withIds } from '../../web/src/state/share-marks.ts'

it('marks the shared conversations that the user has not opened', () => {
  expect([...unreadIds(['c', 'b', 'a'], ['b', 'gone'])]).toEqual(['c', 'a'])
  expect(unreadIds([], ['b']).size).toBe(0)
})

it('keeps each id once, and a bounded number of the newest', () => {
  expect(withIds(['a', 'b'], ['b', 'c'])).toEqual(['a', 'b', 'c'])
  const many = Array.from({ length: 500 }, (_, index) => `s${index}`)
  const kept = withIds(many, ['new'])
  expect(kept.length).toBeLessThanOrEqual(200)
  expect(kept.at(-1)).toBe('new')
  expect(kept).not.toContain('s0')
})
