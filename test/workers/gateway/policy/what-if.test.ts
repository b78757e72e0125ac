/** What-if stops between two decisions when its time is up, and continues where it stopped. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Decide } from '../../../../workers/gateway/policy/sandbox.ts'
import { whatIfPages } from '../../../../workers/gateway/policy/what-if.ts'

const total = 120
const line = (seq: number) =>
  JSON.stringify({ seq, at: seq, kind: 'decision', subject: 's', action: 'a', target: 't', outcome: 'allowed', input: { seq } })
const pages = async (_: unknown, before: number, limit: number): Promise<string[]> => {
  const newest = Math.min(before - 1, total)
  return Array.from({ length: Math.max(Math.min(limit, newest), 0) }, (_unused, index) => line(newest - index))
}
/** Denies everything. */
const deny: Decide = async (recorded) => ({ answers: recorded.map(() => 'denied' as const), fault: null })

afterEach(() => {
  vi.useRealTimers()
})

describe('What-if', () => {
  it('evaluates every decision again, and finds those that differ', async () => {
    const answer = await whatIfPages(deny, {}, pages)
    expect(answer).toMatchObject({ asked: total, closed: total, opened: 0, failed: 0, failure: null, next_before: null })
    expect(answer.differences).toHaveLength(total)
  })

  it('counts the decisions that the candidate could not make as denied, with the newest error', async () => {
    const broken: Decide = async (recorded) => ({
      answers: recorded.map(({ at }) => (at % 2 === 0 ? ('fault' as const) : ('allowed' as const))),
      fault: `at ${recorded[0]?.at}`,
    })
    expect(await whatIfPages(broken, {}, pages)).toMatchObject({ asked: total, closed: total / 2, failed: total / 2, failure: 'at 120' })
  })

  it('stops after the decision that used up the time, and returns where to continue', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const evaluated: number[] = []
    // As the sandbox does: it stops when its time is up.
    const slow: Decide = async (recorded, maxMs) => {
      const startedAt = Date.now()
      const answered: 'denied'[] = []
      for (const { at } of recorded) {
        evaluated.push(at)
        answered.push('denied')
        vi.setSystemTime(evaluated.length * 1_000)
        if (Date.now() - startedAt > maxMs) break
      }
      return { answers: answered, fault: null }
    }
    const answer = await whatIfPages(slow, {}, pages)
    expect(evaluated).toEqual([120, 119, 118])
    expect(answer).toMatchObject({ asked: 3, next_before: 118 })
    vi.useRealTimers()
    const rest = await whatIfPages(deny, { before: answer.next_before ?? 0 }, pages)
    expect(rest.asked).toBe(total - 3)
  })
})
