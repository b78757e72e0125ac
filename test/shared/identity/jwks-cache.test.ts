import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { PartyUnavailable } from '../../../shared/faults.ts'
import { JwksCache } from '../../../shared/identity/jwks-cache.ts'

const options = { party: 'The issuer', maxAgeMs: 10_000, cooldownMs: 2_000, maxStaleMs: 60_000 }
const ignore = () => undefined

async function signer(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }
  const token = await new SignJWT({ sub: kid }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
  return { jwk, token }
}

const signerA = await signer('one')
const signerB = await signer('two')

/** An issuer with these keys. It counts its requests. */
function issuerWith(...keys: JWK[]) {
  const issuer = { keys, requests: 0, unavailable: false }
  const fetched = new JwksCache(async () => {
    issuer.requests += 1
    if (issuer.unavailable) throw new Error('away')
    return { keys: issuer.keys }
  }, options)
  return { issuer, fetched, verify: (token: string, now: number) => fetched.verify(token, {}, now, ignore) }
}

describe('Fetched keys', () => {
  it('are fetched for the first token and cached', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk)
    for (const now of [0, 1, 4_999]) assert.equal((await verify(signerA.token, now)).ok, true)
    assert.equal(issuer.requests, 1)
  })

  it('are fetched once for concurrent requests', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk)
    const all = await Promise.all(Array.from({ length: 20 }, () => verify(signerA.token, 0)))
    assert.deepEqual(new Set(all.map(({ ok }) => ok)), new Set([true]))
    assert.equal(issuer.requests, 1)
  })

  it('are fetched again for an unknown key, at most once per cooldown', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk)
    await verify(signerA.token, 0)
    for (let now = 2_000; now < 4_000; now += 10) assert.equal((await verify(signerB.token, now)).ok, false)
    assert.equal(issuer.requests, 2)
    issuer.keys = [signerA.jwk, signerB.jwk]
    assert.equal((await verify(signerB.token, 4_000)).ok, true)
    assert.equal(issuer.requests, 3)
  })

  it('are not fetched for a forged signature or a malformed token', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk)
    await verify(signerA.token, 0)
    for (const token of ['x', 'a.b.c', `${signerA.token.slice(0, -4)}AAAA`]) assert.equal((await verify(token, 3_000)).ok, false)
    assert.equal(issuer.requests, 1)
  })

  it('that the issuer removed are dropped once the set is old', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk, signerB.jwk)
    await verify(signerA.token, 0)
    issuer.keys = [signerB.jwk]
    assert.equal((await verify(signerA.token, 10_001)).ok, false)
    assert.equal((await verify(signerB.token, 10_001)).ok, true)
  })

  it('stay in use for a limited time while the issuer is unreachable', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk)
    await verify(signerA.token, 0)
    issuer.unavailable = true
    for (let now = 11_000; now < 60_000; now += 1_000) assert.equal((await verify(signerA.token, now)).ok, true)
    assert.ok(issuer.requests <= 1 + 49_000 / options.cooldownMs + 1, `${issuer.requests}`)
    await assert.rejects(verify(signerA.token, 61_000))
  })

  it('that were never fetched are requested once per cooldown, and no token is accepted', async () => {
    const { issuer, verify } = issuerWith(signerA.jwk)
    issuer.unavailable = true
    for (let now = 0; now < 4_000; now += 100)
      await assert.rejects(verify(signerA.token, now), (error) => {
        assert.ok(error instanceof PartyUnavailable)
        assert.deepEqual([error.party, error.message], ['The issuer', 'The issuer: cannot be reached'])
        assert.ok(error.retryMs >= 1_000 && error.retryMs <= options.cooldownMs, `${error.retryMs}`)
        return true
      })
    assert.equal(issuer.requests, 2)
  })

  it("stay the same object while the issuer's response is unchanged", async () => {
    const { fetched } = issuerWith(signerA.jwk)
    const first = await fetched.current(0, ignore)
    assert.equal(await fetched.current(10_001, ignore), first)
  })
})
