/** A recorded export must verify forever. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ChainVerifier } from '../../../shared/audit/chain.ts'

const lines = readFileSync(new URL('../../samples/audit-trail.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

describe('The export that an earlier release wrote', () => {
  it('verifies from its pruned head to its last entry', () => {
    const verifier = new ChainVerifier()
    for (const line of lines) assert.equal(verifier.next(line), null, line)
    assert.equal(verifier.end(), null)
    assert.equal(verifier.start.seq, 3)
    assert.deepEqual(verifier.head, { seq: 16, hash: JSON.parse(lines.at(-1) ?? '').hash })
  })

  it('does not verify without the entry that records the pruning', () => {
    const verifier = new ChainVerifier()
    for (const line of lines.slice(0, -2)) assert.equal(verifier.next(line), null)
    assert.match(verifier.end() ?? '', /after entry 3/)
  })
})
