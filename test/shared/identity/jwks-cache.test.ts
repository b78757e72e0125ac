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

const one = await signer('one')
const two = await signer('two')

/** An issuer with its answer, and the number of requests. */
function server(...keys: JWK[]) {
  const side = { keys, requests: 0, away: false }
  const fetched = new JwksCache(async () => {
    side.requests += 1
    if (side.away) throw new Error('away')
    return { keys: side.keys }
  }, options)
  return { side, fetched, verify: (token: string, now: number) => fetched.verify(token, {}, now, ignore) }
}

describe('Fetched keys', () => {
  it('are fetched for the first token and cached', async () => {
    const { side, verify } = server(one.jwk)
    for (const now of [0, 1, 4_999]) assert.equal((await verify(one.token, now)).ok, true)
    assert.equal(side.requests, 1)
  })

  it('are fetched once for concurrent requests', async () => {
    const { side, verify } = server(one.jwk)
    const all = await Promise.all(Array.from({ length: 20 }, () => verify(one.token, 0)))
    assert.deepEqual(new Set(all.map(({ ok }) => ok)), new Set([true]))
    assert.equal(side.requests, 1)
  })

  it('are fetched again for an unknown key, at most once per cooldown', async () => {
    const { side, verify } = server(one.jwk)
    await verify(one.token, 0)
    for (let now = 2_000; now < 4_000; now += 10) assert.equal((await verify(two.token, now)).ok, false)
    assert.equal(side.requests, 2)
    side.keys = [one.jwk, two.jwk]
    assert.equal((await verify(two.token, 4_000)).ok, true)
    assert.equal(side.requests, 3)
  })

  it('are not fetched for a forged signature or a malformed token', async () => {
    const { side, verify } = server(one.jwk)
    await verify(one.token, 0)
    for (const token of ['x', 'a.b.c', `${one.token.slice(0, -4)}AAAA`]) assert.equal((await verify(token, 3_000)).ok, false)
    assert.equal(side.requests, 1)
  })

  it('that the issuer removed are dropped once the set is old', async () => {
    const { side, verify } = server(one.jwk, two.jwk)
    await verify(one.token, 0)
    side.keys = [two.jwk]
    assert.equal((await verify(one.token, 10_001)).ok, false)
    assert.equal((await verify(two.token, 10_001)).ok, true)
  })

  it('stay in use for a limited time while the issuer is unreachable', async () => {
    const { side, verify } = server(one.jwk)
    await verify(one.token, 0)
    side.away = true
    for (let now = 11_000; now < 60_000; now += 1_000) assert.equal((await verify(one.token, now)).ok, true)
    assert.ok(side.requests <= 1 + 49_000 / options.cooldownMs + 1, `${side.requests}`)
    await assert.rejects(verify(one.token, 61_000))
  })

  it('that were never fetched are requested once per cooldown, and no token is accepted', async () => {
    const { side, verify } = server(one.jwk)
    side.away = true
    for (let now = 0; now < 4_000; now += 100)
      await assert.rejects(verify(one.token, now), (error) => {
        assert.ok(error instanceof PartyUnavailable)
        assert.deepEqual([error.party, error.message], ['The issuer', 'The issuer: cannot be reached'])
        assert.ok(error.retryMs >= 1_000 && error.retryMs <= options.cooldownMs, `${error.retryMs}`)
        return true
      })
    assert.equal(side.requests, 2)
  })

  it("stay the same object while the issuer's response is unchanged", async () => {
    const { fetched } = server(one.jwk)
    const first = await fetched.current(0, ignore)
    assert.equal(await fetched.current(10_001, ignore), first)
  })
})
