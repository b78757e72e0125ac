import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type KeyTimes, longestTokenMs, pendingKey, publishedKeys, retiresAtAfter, signingKey } from '../../../shared/identity/rotation.ts'

const leadMs = 600_000
const first: KeyTimes = { signsFrom: 0, retiresAt: null }

/** The issuer's records: each new key is created at `at` and signs after the lead time. */
function rotate(keys: readonly KeyTimes[], at: number): KeyTimes[] {
  if (pendingKey(keys, at)) return [...keys]
  const before = keys.map((key) => ({ ...key, retiresAt: key.retiresAt ?? retiresAtAfter(at + leadMs) }))
  return [...before, { signsFrom: at + leadMs, retiresAt: null }]
}

describe('A rotation', () => {
  const at = 1_000_000
  const keys = rotate([first], at)

  it('publishes the new key before it signs, for as long as the old set may be cached', () => {
    assert.deepEqual(publishedKeys(keys, at), keys)
    assert.equal(signingKey(keys, at)?.signsFrom, 0)
    assert.equal(signingKey(keys, at + leadMs - 1)?.signsFrom, 0)
    assert.equal(signingKey(keys, at + leadMs)?.signsFrom, at + leadMs)
  })

  it('keeps the old key until its last token has expired, and no longer', () => {
    const lastToken = at + leadMs - 1
    assert.equal(publishedKeys(keys, lastToken + longestTokenMs).length, 2)
    assert.equal(publishedKeys(keys, lastToken + longestTokenMs + 120_000).length, 1)
  })

  it('always has one signing key, and verifies each token until it expires', () => {
    let current: KeyTimes[] = [first]
    const signed: { readonly by: number; readonly until: number }[] = []
    for (let now = 0; now < 40 * leadMs; now += leadMs / 4) {
      if (now % (leadMs * 3) === 0) current = rotate(current, now)
      const by = signingKey(current, now)
      assert.ok(by, `nothing signs at ${now}`)
      signed.push({ by: by.signsFrom, until: now + longestTokenMs })
      const verifying = new Set(publishedKeys(current, now).map(({ signsFrom }) => signsFrom))
      for (const token of signed) if (token.until > now) assert.ok(verifying.has(token.by), `a token of ${token.by} is refused at ${now}`)
    }
  })

  it('that is requested while another is pending creates no key', () => {
    assert.equal(rotate(keys, at + 1).length, keys.length)
  })
})
