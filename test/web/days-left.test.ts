import { expect, it } from 'vitest'
import { limits } from '../../shared/api/limits.ts'
import { daysLeft } from '../../web/src/settings/deleted/days-left.ts'

const day = 86_400_000

it('counts the days that a deleted conversation is kept, started ones included', () => {
  const deletedAt = 1_795_180_650_000
  expect(daysLeft(deletedAt + limits.trashMs, deletedAt)).toBe(30)
  expect(daysLeft(deletedAt + limits.trashMs + limits.eraseSpreadMs, deletedAt)).toBe(30)
  expect(daysLeft(10.5 * day, 0)).toBe(11)
  expect(daysLeft(day, 0)).toBe(1)
  for (const left of [day - 1, 1, 0, -day]) expect(daysLeft(left, 0)).toBe(0)
})
