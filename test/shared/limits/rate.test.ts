import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  chargeUse,
  defaultRates,
  type Quota,
  type RateRule,
  type RateState,
  rateClassOf,
  stateFrom,
  takeRequests,
} from '../../../shared/limits/rate.ts'

const minute = 60_000
const start = Date.UTC(2026, 10, 20, 12, 0, 0)
const window5: RateRule = { kind: 'fixed_window', limit: 5, window_seconds: 60 }
const bucket5: RateRule = { kind: 'token_bucket', limit: 5, window_seconds: 60 }

/** Takes one request at each of `times`, in order. */
function takeAll(rule: RateRule, times: readonly number[]): Quota[] {
  let state: RateState | undefined
  return times.map((now) => {
    const step = takeRequests(rule, state, now)
    state = step.state
    return step.quota
  })
}
const allowedCount = (all: readonly Quota[]) => all.filter((result) => result.allowed).length

describe('A use that has happened already', () => {
  for (const rule of [window5, bucket5])
    it(`counts beyond the limit of a ${rule.kind}, and later requests wait`, () => {
      const state = chargeUse(rule, takeRequests(rule, undefined, start).state, start, 7)
      const { quota } = takeRequests(rule, state, start)
      deepEqual([quota.allowed, quota.remaining], [false, 0])
      // 3 more than the limit: they refill in 36 s, and one more request in 12 s.
      equal(quota.retryMs, rule.kind === 'fixed_window' ? minute : 48_000)
      ok(takeRequests(rule, state, start + quota.retryMs).quota.allowed)
    })

  it('counts at most as much again as the limit', () => {
    const state = chargeUse(bucket5, undefined, start, 1_000_000)
    equal(takeRequests(bucket5, state, start + minute).quota.allowed, false)
    ok(takeRequests(bucket5, state, start + 2 * minute).quota.allowed)
  })
})

describe('A fixed window', () => {
  it('allows exactly its limit, then refuses until it ends', () => {
    const all = takeAll(
      window5,
      Array.from({ length: 9 }, (_, n) => start + n),
    )
    equal(allowedCount(all), 5)
    deepEqual(all[4], { allowed: true, limit: 5, remaining: 0, resetMs: minute - 4, retryMs: minute - 4 })
    deepEqual(all[8], { allowed: false, limit: 5, remaining: 0, resetMs: minute - 8, retryMs: minute - 8 })
  })

  it('starts again at its boundary', () => {
    const times = [...Array(6).fill(start + minute - 1), ...Array(6).fill(start + minute)]
    equal(allowedCount(takeAll(window5, times)), 10)
  })
})

describe('A token bucket', () => {
  it('allows its limit at once, then one request per new token', () => {
    equal(allowedCount(takeAll(bucket5, Array(9).fill(start))), 5)
    equal(allowedCount(takeAll(bucket5, [...Array(9).fill(start), start + 11_999, start + 12_000, start + 12_000])), 6)
  })

  it('returns the wait to the millisecond', () => {
    const [refused] = takeAll(bucket5, Array(6).fill(start)).slice(-1)
    equal(refused?.retryMs, 12_000)
    const before = takeAll(bucket5, [...Array(6).fill(start), start + (refused?.retryMs ?? 0) - 1])
    const afterwards = takeAll(bucket5, [...Array(6).fill(start), start + (refused?.retryMs ?? 0)])
    deepEqual([before.at(-1)?.allowed, afterwards.at(-1)?.allowed], [false, true])
  })

  it('never allows more than its limit plus the refill', () => {
    const rule: RateRule = { kind: 'token_bucket', limit: 30, window_seconds: 7 }
    const times = Array.from({ length: 2_000 }, (_, n) => start + n * 13)
    ok(allowedCount(takeAll(rule, times)) <= 30 + Math.floor((2_000 * 13 * 30) / 7_000))
    ok(allowedCount(takeAll(rule, times)) >= 30 + Math.floor((1_999 * 13 * 30) / 7_000) - 1)
  })

  it('loses tokens above a smaller limit', () => {
    const { state } = takeRequests({ ...bucket5, limit: 100 }, undefined, start)
    equal(takeRequests({ ...bucket5, limit: 2 }, state, start).quota.remaining, 1)
  })
})

describe('Both kinds', () => {
  it('neither add nor remove requests when the clock goes back', () => {
    for (const rule of [window5, bucket5])
      equal(allowedCount(takeAll(rule, [...Array(5).fill(start), start - 5 * minute, start - minute])), 5)
  })

  it("continue from a central counter's result", () => {
    for (const rule of [window5, bucket5]) {
      const { quota } = takeRequests(rule, takeRequests(rule, undefined, start + 7).state, start + 9)
      const local = stateFrom(rule, quota, start + 9)
      equal(takeRequests(rule, local, start + 10).quota.remaining, 2)
      equal(takeRequests(rule, local, start + 2 * minute).quota.remaining, 4)
    }
  })

  it('start again when the kind of rule changes', () => {
    const { state } = takeRequests(defaultRates.read, undefined, start)
    equal(takeRequests(window5, state, start).quota.remaining, 4)
    equal(takeRequests(bucket5, takeRequests(window5, undefined, start).state, start).quota.remaining, 4)
  })
})

describe('A request', () => {
  it('has a class by its effect', () => {
    equal(rateClassOf('GET', '/v1/sessions/a/events', true), 'stream')
    equal(rateClassOf('GET', '/v1/sessions', false), 'read')
    equal(rateClassOf('GET', '/v1/shared-sessions', false), 'check')
    equal(rateClassOf('POST', '/v1/sessions/message', false), 'message')
    equal(rateClassOf('POST', '/v1/session/message', false), 'message')
    equal(rateClassOf('POST', '/v1/sessions/a/turns/b/regenerate', false), 'message')
    equal(rateClassOf('PUT', '/v1/settings', false), 'write')
  })
})
