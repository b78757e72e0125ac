/** Checks on the check: the simulation finds each planted bug, and misses nothing when a safety net is taken away. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Failpoint } from '../../shared/failpoints.ts'
import { bugs, switches } from '../chaos/plants.ts'
import { histories } from './histories.ts'

afterEach(() => {
  vi.doUnmock('../../shared/failpoints.ts')
  vi.resetModules()
})

/** The first thing that breaks in a build with `plant`; null: nothing in `count` histories. */
async function breaks(plant: Failpoint, count: number): Promise<string | null> {
  vi.resetModules()
  vi.doMock('../../shared/failpoints.ts', () => ({ failpoint: (name: Failpoint) => name === plant }))
  const { live } = await import('./run.ts')
  for (const choices of histories(1, count, 150)) {
    const { failures } = await live(choices)
    if (failures[0] !== undefined) return failures[0]
  }
  return null
}

describe('The simulation finds the bug', () => {
  it.each(bugs)(
    '%s',
    async (bug) => {
      const found = await breaks(bug, 3_000)
      console.log(`${bug}: ${found}`)
      expect(found).not.toBeNull()
    },
    120_000,
  )
})

describe('The promises hold without', () => {
  it.each(switches)(
    '%s',
    async (off) => {
      expect(await breaks(off, 300)).toBeNull()
    },
    120_000,
  )
})
