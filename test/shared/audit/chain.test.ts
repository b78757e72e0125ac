import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { type ChainHead, chainHash, exportLine, genesis, genesisHead, verifyLine } from '../../../shared/audit/chain.ts'
import { type AuditEntry, canonical } from '../../../shared/audit/entry.ts'

/** The lines of a trail of `count` entries. */
function trailLines(count: number): string[] {
  let prev = genesis
  return Array.from({ length: count }, (_, n) => {
    const entry: AuditEntry = {
      kind: 'decision',
      subject: 'alice',
      action: 'session.read',
      target: 'session:s',
      outcome: 'denied',
      reasons: ['not_permitted', 'naïve “quotes” \u2028 and \\ slashes/'],
      input: { principal: { id: 'alice', roles: [] }, n: 1.5 * n },
      tenant: 'acme',
      seq: n + 1,
      at: 1_800_000_000_000 + n,
    }
    const body = canonical(entry)
    const hash = chainHash(prev, body)
    const line = exportLine(body, prev, hash)
    prev = hash
    return line
  })
}

function verifyAll(lines: readonly string[]): ChainHead | string {
  let link = genesisHead
  for (const line of lines) {
    const next = verifyLine(link, line)
    if (typeof next === 'string') return next
    link = next
  }
  return link
}

describe('A chain', () => {
  it('is SHA-256 of the hash before and the canonical JSON', () => {
    const expected = createHash('sha256').update(`${genesis}{"a":1}`).digest('hex')
    assert.equal(chainHash(genesis, '{"a":1}'), expected)
  })

  it('verifies to its end', () => {
    const lines = trailLines(20)
    assert.deepEqual(verifyAll(lines), { seq: 20, hash: JSON.parse(lines[19] ?? '').hash })
    assert.deepEqual(verifyAll([]), genesisHead)
  })

  it('breaks at any flipped bit', () => {
    const bytes = Buffer.from(trailLines(3).join('\n'))
    for (let index = 0; index < bytes.length; index++) {
      for (const bit of [0x01, 0x20]) {
        const flipped = Buffer.from(bytes)
        flipped[index] = (flipped[index] ?? 0) ^ bit
        assert.equal(typeof verifyAll(flipped.toString('utf8').split('\n')), 'string', `byte ${index} of ${bytes.length}, bit ${bit}`)
      }
    }
  })

  it('breaks where an entry is removed, inserted, repeated or moved', () => {
    const [a = '', b = '', c = ''] = trailLines(3)
    for (const lines of [
      [b, c],
      [a, c],
      [a, a, b],
      [a, c, b],
      [a, b, b, c],
    ])
      assert.equal(typeof verifyAll(lines), 'string')
    // Only the head reveals a truncated end: it names the last entry.
    assert.deepEqual((verifyAll([a, b]) as ChainHead).seq, 2)
  })

  it('breaks where an entry is replaced, even with a matching hash', () => {
    const [a = '', b = '', c = ''] = trailLines(3)
    const { prev, hash: _, ...entry } = JSON.parse(b)
    const body = canonical({ ...entry, outcome: 'allowed' })
    const rewritten = exportLine(body, prev, chainHash(prev, body))
    assert.equal(verifyAll([a, rewritten, c]), 'is not chained to the entry before')
    // A matching `prev` in the next entry does not help either.
    const { prev: _before, hash, ...last } = JSON.parse(c)
    assert.equal(verifyAll([a, rewritten, exportLine(canonical(last), chainHash(prev, body), hash)]), 'does not match its hash')
  })
})
