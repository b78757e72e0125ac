import { describe, expect, it } from 'vitest'
import { breakerFailures, breakerMs, ToolBreakers } from '../../../shared/tool/breaker.ts'

describe('A breaker of a tool', () => {
  const failed = (times: number, at = 0) => {
    const breakers = new ToolBreakers()
    for (let count = 0; count < times; count++) breakers.report('fetch', true, at)
    return breakers
  }

  it('opens after five failures in a row, for 30 s, and only for its tool', () => {
    expect(failed(breakerFailures - 1).of('fetch', 0)).toEqual({ failures: 4, open_until: null })
    const breakers = failed(breakerFailures)
    expect(breakers.of('fetch', breakerMs - 1)).toEqual({ failures: 5, open_until: breakerMs })
    expect(breakers.of('echo', 0)).toEqual({ failures: 0, open_until: null })
    expect(breakers.of('fetch', breakerMs).open_until).toBeNull()
  })

  it('opens again after one more failure, and closes after a success', () => {
    const again = failed(breakerFailures)
    again.report('fetch', true, breakerMs)
    expect(again.of('fetch', breakerMs).open_until).toBe(2 * breakerMs)
    const recovered = failed(breakerFailures)
    recovered.report('fetch', false, breakerMs)
    recovered.report('fetch', true, breakerMs)
    expect(recovered.of('fetch', breakerMs)).toEqual({ failures: 1, open_until: null })
  })

  it('is not extended by calls that were running when it opened', () => {
    const breakers = failed(breakerFailures + 3, 100)
    expect(breakers.of('fetch', 100)).toEqual({ failures: 5, open_until: 100 + breakerMs })
    expect(breakers.all(100)).toEqual({ fetch: { failures: 5, open_until: 100 + breakerMs } })
  })
})
