import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decayStep, overLimit } from '../../../../shared/memory/engine/prune.ts'

const memory = (coord: string, importance: number, created_at = 0) => ({ coord, importance, created_at })

describe('A limit', () => {
  const memories = [memory('a', 0.5, 2_000), memory('b', 0.1, 3_000), memory('c', 0.5, 1_000), memory('d', 0.9)]
  it('deletes the least important, then the oldest, and says why', () => {
    const steps = overLimit(memories, { levels: [], max_memories: 2 })
    assert.deepEqual(
      steps.map(({ coord, action }) => [coord, action]),
      [
        ['b', 'delete'],
        ['c', 'delete'],
      ],
    )
    assert.equal(
      steps[1]?.reason,
      '4 memories exceed the limit of 2. This one has rank 2 from below: importance 0.500, stored at 1970-01-01T00:00:01.000Z.',
    )
  })
  it('that is not reached deletes nothing', () => {
    assert.deepEqual(overLimit(memories, { levels: [], max_memories: 4 }), [])
    assert.deepEqual(overLimit(memories, { levels: [] }), [])
  })
  it('of 0 deletes everything', () => assert.equal(overLimit(memories, { levels: [], max_memories: 0 }).length, 4))
})

describe('A level of decay', () => {
  const rules = {
    levels: [
      { after_seconds: 60, keys: ['draft'] },
      { after_seconds: 3_600, keys: ['draft', 'detail', 'toString'] },
    ],
  }
  const step = (ageSeconds: number, payload: Record<string, unknown>) =>
    decayStep(memory('a', 0.5, 1_000), payload, rules, 1_000 + ageSeconds * 1_000)
  const payload = { title: 't', draft: 'd', detail: 'e' }
  it('removes its fields from older memories, and says which and why', () => {
    assert.equal(step(60, payload), null)
    assert.deepEqual(step(61, payload), {
      action: 'strip',
      coord: 'a',
      keys: ['draft'],
      reason: 'The memory is 61 s old. `draft` leaves after 60 s.',
    })
    assert.deepEqual(step(3_601, payload), {
      action: 'strip',
      coord: 'a',
      keys: ['draft', 'detail'],
      reason: 'The memory is 3601 s old. `draft` leaves after 60 s. `detail` leaves after 3600 s.',
    })
  })
  it('leaves a memory without these fields alone', () => assert.equal(step(9_999, { title: 't' }), null))
})
