/** Tests of the simulation: it finds each planted bug, and the guarantees hold without each redundant path. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Failpoint } from '../../shared/failpoints.ts'
import { bugs, switches } from '../chaos/failpoints.ts'
import { histories } from './histories.ts'

afterEach(() => {
  vi.doUnmock('../../shared/failpoints.ts')
  vi.resetModules()
})

/** The first failure in a build with the failpoint. Null: no failure in `count` histories. */
async function firstFailure(failpoint: Failpoint, count: number): Promise<string | null> {
  vi.resetModules()
  vi.doMock('../../shared/failpoints.ts', () => ({ failpoint: (name: Failpoint) => name === failpoint }))
  const { runHistory } = await import('./run.ts')
  for (const choices of histories(1, count, 150)) {
    const { failures } = await runHistory(choices)
    if (failures[0] !== undefined) return failures[0]
  }
  return null
}

describe('The simulation finds the bug', () => {
  it.each(bugs)(
    '%s',
    async (bug) => {
      const failure = await firstFailure(bug, 3_000)
      console.log(`${bug}: ${failure}`)
      expect(failure).not.toBeNull()
    },
    120_000,
  )
})

describe('The guarantees hold without', () => {
  it.each(switches)(
    '%s',
    async (failpoint) => {
      expect(await firstFailure(failpoint, 300)).toBeNull()
    },
    120_000,
  )
})
