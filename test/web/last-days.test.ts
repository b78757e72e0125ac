import { expect, it } from 'vitest'
import { lastDays } from '../../web/src/settings/limits/last-days.ts'

it('The usage history has 30 days that end today, also across a month and a leap day', () => {
  const used = { day: '2028-02-29', tokens: 5, money: 0.5 }
  const days = lastDays('2028-03-01', [used])
  expect(days).toHaveLength(30)
  expect(days.slice(-2)).toEqual([used, { day: '2028-03-01', tokens: 0, money: 0 }])
  expect(days[0]?.day).toBe('2028-02-01')
  expect(lastDays('2028-03-01', []).every(({ tokens }) => tokens === 0)).toBe(true)
})
