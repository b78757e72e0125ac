import { describe, expect, it } from 'vitest'
import { Breaker, breakerFailures, breakerOpenMs } from '../../../shared/model/breaker.ts'

const failed = (times: number, now = 0): Breaker => {
  const breaker = new Breaker()
  for (let n = 0; n < times; n++) breaker.failed(now)
  return breaker
}

describe('A circuit breaker', () => {
  it('lets calls pass until ten failures in a row', () => {
    const breaker = failed(breakerFailures - 1)
    expect([breaker.enter(0), breaker.view(0)]).toEqual([null, { state: 'closed', failures: 9, retry_ms: 0 }])
    breaker.succeeded()
    for (let n = 1; n < breakerFailures; n++) breaker.failed(0)
    expect(breaker.enter(0)).toBeNull()
    breaker.failed(0)
    expect([breaker.enter(0), breaker.view(1)]).toEqual([breakerOpenMs, { state: 'open', failures: 10, retry_ms: breakerOpenMs - 1 }])
  })

  it('lets one call try the endpoint after its time', () => {
    const breaker = failed(breakerFailures)
    expect(breaker.view(breakerOpenMs).state).toBe('half_open')
    expect(breaker.enter(breakerOpenMs)).toBeNull()
    expect(breaker.enter(breakerOpenMs + 1)).toBe(breakerOpenMs - 1)
    breaker.succeeded()
    expect([breaker.enter(breakerOpenMs + 2), breaker.view(0).state]).toEqual([null, 'closed'])
  })

  it('stays open after a failed trial, and does not wait for a trial that was left', () => {
    const breaker = failed(breakerFailures)
    breaker.enter(breakerOpenMs)
    breaker.failed(breakerOpenMs + 5)
    expect(breaker.enter(breakerOpenMs + 6)).toBe(breakerOpenMs - 1)
    breaker.enter(3 * breakerOpenMs)
    breaker.released(3 * breakerOpenMs + 1)
    expect(breaker.enter(3 * breakerOpenMs + 2)).toBeNull()
  })

  it('forgets nothing when a call of a closed breaker is left', () => {
    const breaker = failed(3)
    breaker.released(1)
    expect(breaker.view(1)).toEqual({ state: 'closed', failures: 3, retry_ms: 0 })
  })
})
