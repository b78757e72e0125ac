import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'

describe('BoundedMap', () => {
  it('evicts the entry that was set longest ago', () => {
    const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2).set('c', 3)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [undefined, 2, 3, 2])
  })

  it('keeps an entry that was set again', () => {
    const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2).set('a', 3).set('c', 4)
    assert.deepEqual([map.get('a'), map.has('b'), map.size], [3, false, 2])
  })

  it('evicts nothing when it replaces a value at its limit', () => {
    const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2).set('b', 3)
    assert.deepEqual([map.get('a'), map.get('b')], [1, 3])
  })
})
