/** Ranges of a file. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseByteRange } from '../../../shared/lib/byte-range.ts'

describe('A range', () => {
  for (const [header, expected] of [
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=3-', { offset: 3, length: 7 }],
    ['bytes=-4', { offset: 6, length: 4 }],
    ['bytes=-40', { offset: 0, length: 10 }],
    ['bytes=9-100', { offset: 9, length: 1 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['items=0-1', null],
    ['bytes=0-99999999999999999999', null],
    [undefined, null],
  ] as const)
    it(`${header} of ten bytes is ${JSON.stringify(expected)}`, () => assert.deepEqual(parseByteRange(header, 10), expected))

  it('of an empty file has no byte', () => assert.equal(parseByteRange('bytes=-5', 0), 'unsatisfiable'))
})
