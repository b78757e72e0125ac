import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoff, exponential } from '../../../shared/lib/backoff.ts'

describe('Backoff', () => {
  it('doubles up to its limit', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 60].map((attempt) => exponential(attempt, 500, 3_000)),
      [500, 1_000, 2_000, 3_000, 3_000],
    )
  })

  it('spreads each wait over its upper half', () => {
    assert.equal(
      backoff(2, 500, 3_000, () => 0),
      500,
    )
    assert.equal(
      backoff(2, 500, 3_000, () => 1),
      1_000,
    )
  })
})
