/** What-if stops between two decisions when its time is up, and continues where it stopped. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { whatIfPages } from '../../../../workers/gateway/policy/what-if.ts'

const total = 120
const line = (seq: number) =>
  JSON.stringify({ seq, at: seq, kind: 'decision', subject: 's', action: 'a', target: 't', outcome: 'allowed', input: { seq } })
const pages = async (_: unknown, before: number, limit: number): Promise<string[]> => {
  const newest = Math.min(before - 1, total)
  return Array.from({ length: Math.max(Math.min(limit, newest), 0) }, (_unused, index) => line(newest - index))
}
const denied = { allowed: false, reason: 'denied', detail: [], fuel: 10 } as const

afterEach(() => {
  vi.useRealTimers()
})

describe('What-if', () => {
  it('evaluates every decision again, and finds those that differ', async () => {
    const answer = await whatIfPages(() => denied, {}, pages)
    expect(answer).toMatchObject({ asked: total, closed: total, opened: 0, next_before: null })
    expect(answer.differences).toHaveLength(total)
  })

  it('stops after the decision that used up the time, and returns where to continue', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const evaluated: number[] = []
    const slow = ({ at }: { at: number }) => {
      evaluated.push(at)
      vi.setSystemTime(evaluated.length * 1_000)
      return denied
    }
    const answer = await whatIfPages(slow, {}, pages)
    expect(evaluated).toEqual([120, 119, 118])
    expect(answer).toMatchObject({ asked: 3, next_before: 118 })
    vi.useRealTimers()
    const rest = await whatIfPages(() => denied, { before: answer.next_before ?? 0 }, pages)
    expect(rest.asked).toBe(total - 3)
  })

  it('lets other requests run between decisions that use up their fuel', async () => {
    let turns = 0
    const others = setInterval(() => turns++, 0)
    const fault = { allowed: false, reason: 'fault', detail: [], fuel: 0 } as const
    await whatIfPages(() => fault, {}, pages)
    clearInterval(others)
    expect(turns).toBeGreaterThan(total / 4)
  })
})
