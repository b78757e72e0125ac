import { describe, expect, it } from 'vitest'
import { latestOnly } from '../../web/src/ui/latest-only.ts'

describe('latestOnly', () => {
  it('counts only the request that started last', () => {
    const begin = latestOnly()
    const [first, second] = [begin(), begin()]
    expect([first(), second()]).toEqual([false, true])
    const third = begin()
    expect([first(), second(), third()]).toEqual([false, false, true])
  })
})
