import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LineSplitter, lines } from '../../../shared/lib/lines.ts'

describe('LineSplitter', () => {
  it('returns the same lines for any chunks', () => {
    const pieces = fc.array(fc.stringMatching(/^[ab\n\u2028]{0,8}$/), { maxLength: 8 })
    fc.assert(
      fc.property(pieces, (chunks) => {
        const splitter = new LineSplitter()
        const lines = chunks.flatMap((chunk) => splitter.add(chunk))
        assert.deepEqual([...lines, splitter.rest], chunks.join('').split('\n'))
        assert.equal(splitter.restUnits, splitter.rest.length)
      }),
    )
  })

  it('joins a character that two chunks share, and drops an unfinished line', async () => {
    const bytes = new TextEncoder().encode('naïve\n👋\nrest')
    const chunks = async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte)
    }
    assert.deepEqual(await Array.fromAsync(lines(chunks())), ['naïve', '👋'])
  })
})
