import { describe, expect, it } from 'vitest'
import { latestOnly } from '../../web/src/ui/latest-only.ts'

describe('latestOnly', () => {
  it('counts only the request that started last', () => {
    const startRequest = latestOnly()
    const [first, second] = [startRequest(), startRequest()]
    expect([first(), second()]).toEqual([false, true])
    const third = startRequest()
    expect([first(), second(), third()]).toEqual([false, false, true])
  })
})
