import { exports } from 'cloudflare:workers'
import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { attemptLimit } from '../../../../shared/limits/failed-auth-limiter.ts'
import { token } from '../client.ts'

const { privateKey } = await generateKeyPair('ES256')
/** A valid token, except for its signature by another key. */
const forged = () =>
  new SignJWT({ tenant: 'acme', scope: 'admin' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
    .setIssuer('https://soma.localhost')
    .setAudience('soma')
    .setSubject('ada')
    .setIssuedAt()
    .setExpirationTime('1 h')
    .setJti(crypto.randomUUID())
    .sign(privateKey)

const me = (bearer: string, address?: string, path = '/v1/me') =>
  exports.default.fetch(
    new Request(`https://soma.test${path}`, {
      headers: { authorization: `Bearer ${bearer}`, ...(address === undefined ? {} : { 'cf-connecting-ip': address }) },
    }),
  )

async function countStatuses(responses: readonly Response[]): Promise<Record<number, number>> {
  const statusCounts: Record<number, number> = {}
  for (const response of responses) {
    statusCounts[response.status] = (statusCounts[response.status] ?? 0) + 1
    await response.text()
  }
  return statusCounts
}

describe('A flood of bad credentials', () => {
  it('is verified up to the limit per address, also with 100 concurrent requests', async () => {
    const known = await token('acme', 'ada')
    expect((await me(known, '198.51.100.1')).status).toBe(200)
    const total: Record<number, number> = {}
    for (let round = 0; round < 5; round++) {
      const failures = await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 ? forged() : `soma_${crypto.randomUUID()}`)))
      const statusCounts = await countStatuses(await Promise.all(failures.map((credential) => me(credential, '198.51.100.1'))))
      for (const [status, count] of Object.entries(statusCounts)) total[Number(status)] = (total[Number(status)] ?? 0) + count
    }
    expect(total).toEqual({ 401: attemptLimit, 429: 500 - attemptLimit })

    const refused = await me(await forged(), '198.51.100.1')
    expect([refused.status, await refused.json()]).toMatchObject([429, { type: '/problems/rate_limited' }])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await me(known, '198.51.100.1')).status, 'a known token stays valid').toBe(200)
    expect((await me(await token('acme', 'bob'), '198.51.100.2')).status).toBe(200)
    expect((await me(await forged(), '198.51.100.2')).status).toBe(401)
  })

  it('is not limited without a client address', async () => {
    const failures = await Promise.all(Array.from({ length: 100 }, () => forged()))
    for (let round = 0; round < 4; round++)
      expect(await countStatuses(await Promise.all(failures.map((credential) => me(credential))))).toEqual({ 401: 100 })
    for (let round = 0; round < 4; round++)
      expect(await countStatuses(await Promise.all(failures.map((credential) => me(credential, 'behind a proxy'))))).toEqual({ 401: 100 })
  })

  it('does not count valid credentials', async () => {
    const successes = await Promise.all(Array.from({ length: 100 }, (_, n) => token('acme', `crowd-${n}`)))
    for (let round = 0; round < 4; round++) {
      const moreSuccesses = await Promise.all(Array.from({ length: 100 }, () => token('acme', 'crowd')))
      expect(await countStatuses(await Promise.all(moreSuccesses.map((credential) => me(credential, '198.51.100.3'))))).toEqual({
        200: 100,
      })
    }
    expect(await countStatuses(await Promise.all(successes.map((credential) => me(credential, '198.51.100.3'))))).toEqual({ 200: 100 })
  })
})

describe('A rate limit', () => {
  it('is sent in the headers of the IETF draft and the older ones', async () => {
    const { headers } = await me(await token('acme', 'ada'), undefined, '/v1/sessions')
    for (const name of ['limit', 'remaining', 'reset']) {
      expect(headers.get(`ratelimit-${name}`)).toMatch(/^\d+$/)
      expect(headers.get(`x-ratelimit-${name}`)).toBe(headers.get(`ratelimit-${name}`))
    }
  })
})
