import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { limits } from '../../../shared/api/limits.ts'
import { leaseMs, StreamLeases } from '../../../shared/limits/stream-leases.ts'

const { subjectReaders, subjectStreams } = limits

/** Leases of `count` streams, 20 in each session. */
function filled(count: number, now = 0): StreamLeases {
  const leases = new StreamLeases()
  for (let n = 0; n < count; n += 1) assert.equal(leases.take(`${n}`, `s${Math.floor(n / subjectReaders)}`, now), null)
  return leases
}

describe('M9. The leases of a subject', () => {
  it('are at most 20 in one session and 100 in all', () => {
    const leases = filled(subjectReaders)
    assert.equal(leases.take('more', 's0', 0), 'session')
    assert.equal(leases.take('more', 's1', 0), null)
    assert.equal(filled(subjectStreams).take('more', 'another', 0), 'tenant')
  })

  it('are renewed while all places are taken', () => {
    const leases = filled(subjectStreams)
    assert.equal(leases.take('3', 's0', 1), null)
    assert.equal(leases.take('more', 'another', leaseMs), null, 'the others have ended')
    assert.equal(leases.take('4', 's0', leaseMs), null)
  })

  it('free their places at once, each only its own', () => {
    const leases = filled(subjectStreams)
    leases.release('0')
    leases.release('0')
    leases.release('unknown')
    assert.equal(leases.take('a', 'another', 0), null)
    assert.equal(leases.take('b', 'another', 0), 'tenant')
  })

  it('end by themselves when they are not renewed', () => {
    const leases = filled(subjectStreams)
    assert.equal(leases.take('a', 'another', leaseMs - 1), 'tenant')
    assert.equal(leases.take('a', 'another', leaseMs), null)
  })

  it('of a lost state are taken again by renewals, up to the limit', () => {
    const leases = filled(subjectStreams - 1)
    assert.equal(leases.take('lost 1', 'another', 0), null)
    assert.equal(leases.take('lost 2', 'another', 0), 'tenant')
  })
})
