import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { limits } from '../../../shared/api/limits.ts'
import { leaseMs, StreamLeases } from '../../../shared/limits/stream-leases.ts'

const { subjectReaders, subjectStreams } = limits

/** Leases of `count` streams, 20 in each session. */
function leasesOf(count: number, now = 0): StreamLeases {
  const leases = new StreamLeases()
  for (let n = 0; n < count; n += 1) assert.equal(leases.take(`${n}`, `s${Math.floor(n / subjectReaders)}`, now), null)
  return leases
}

describe('M9. The leases of a subject', () => {
  it('are at most 20 in one session and 100 in all', () => {
    const leases = leasesOf(subjectReaders)
    assert.equal(leases.take('more', 's0', 0), 'session')
    assert.equal(leases.take('more', 's1', 0), null)
    assert.equal(leasesOf(subjectStreams).take('more', 'another', 0), 'tenant')
  })

  it('are renewed while all slots are taken', () => {
    const leases = leasesOf(subjectStreams)
    assert.equal(leases.take('3', 's0', 1), null)
    assert.equal(leases.take('more', 'another', leaseMs), null, 'the others have ended')
    assert.equal(leases.take('4', 's0', leaseMs), null)
  })

  it('free only their own slots, at once', () => {
    const leases = leasesOf(subjectStreams)
    leases.release('0')
    leases.release('0')
    leases.release('unknown')
    assert.equal(leases.take('a', 'another', 0), null)
    assert.equal(leases.take('b', 'another', 0), 'tenant')
  })

  it('end by themselves when they are not renewed', () => {
    const leases = leasesOf(subjectStreams)
    assert.equal(leases.take('a', 'another', leaseMs - 1), 'tenant')
    assert.equal(leases.take('a', 'another', leaseMs), null)
  })

  it('of a lost state are taken again by renewals, up to the limit', () => {
    const leases = leasesOf(subjectStreams - 1)
    assert.equal(leases.take('lost 1', 'another', 0), null)
    assert.equal(leases.take('lost 2', 'another', 0), 'tenant')
  })
})
