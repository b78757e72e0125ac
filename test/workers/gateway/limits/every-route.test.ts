import { describe, expect, it, vi } from 'vitest'
import { bodyType } from '../../../support/body-types.ts'
import { bearer, challengeFor, enrolledUser, newBrowser, signedInBrowser } from '../browser.ts'
import { token } from '../client.ts'
import { describedRoutes, fetchWith, fillPath } from '../http/gateway-with.ts'

/** Routes that take no credential. */
const publicRoutes = new Set([
  'GET /v1/health',
  'GET /health',
  'GET /healthz',
  'GET /live',
  'GET /ready',
  'GET /v1/auth/methods',
  'GET /v1/auth/oidc/start',
  'GET /v1/auth/mcp/callback',
  'GET /v1/auth/oidc/callback',
])

const quotaHeaders = (response: Response) =>
  ['limit', 'remaining', 'reset'].map((name) => /^\d+$/.test(response.headers.get(`ratelimit-${name}`) ?? ''))

describe('M4. Every route', () => {
  it('that takes a credential reports its rate limit', async () => {
    const routes = await describedRoutes()
    expect(routes.length).toBeGreaterThan(50)
    const unlimited: string[] = []
    for (const { method, path } of routes) {
      // These routes take another credential than a bearer token. The next test covers them.
      if (/^POST \/v1\/auth\/(refresh|mfa|dev|sign-out)$/.test(`${method} ${path}`)) continue
      // Some routes revoke the token.
      const headers = { ...bearer(await token('every', 'ada', 'admin')), 'content-type': bodyType(`${method} ${path}`) }
      const body = method === 'GET' || method === 'HEAD' ? {} : { body: '{}' }
      const response = await fetchWith(fillPath(path), { method, headers, ...body })
      if (quotaHeaders(response).includes(false)) unlimited.push(`${method} ${path} ${response.status}`)
      await response.body?.cancel()
    }
    expect(unlimited.filter((route) => !publicRoutes.has(route.replace(/ \d+$/, '')))).toEqual([])
  }, 60_000)

  it('that takes a refresh token, a challenge, a cookie or a name reports its rate limit', async () => {
    const browser = await signedInBrowser('every', 'bob')
    const pair = (await (await browser.call('POST', '/v1/auth/tokens')).json()) as { refresh_token: string }
    await enrolledUser('every', 'mia')
    const { challenge } = await challengeFor('every', 'mia')
    const responses = [
      await newBrowser().call('POST', '/v1/auth/refresh', { refresh_token: pair.refresh_token }),
      await newBrowser().call('POST', '/v1/auth/refresh', { refresh_token: pair.refresh_token }),
      await newBrowser().call('POST', '/v1/auth/mfa', { challenge, code: '123456' }),
      await newBrowser().call('POST', '/v1/auth/dev', { tenant: 'every', subject: 'carol' }),
      await browser.call('POST', '/v1/auth/sign-out'),
    ]
    expect(responses.map(({ status }) => status)).toEqual([200, 401, 403, 200, 204])
    for (const response of responses) expect([response.status, quotaHeaders(response)]).toEqual([response.status, [true, true, true]])
  })

  it('that answers before the policy also refuses requests over the limit', async () => {
    const admin = bearer(await token('narrow', 'chief', 'admin'))
    const limits = { version: 0, limits: { write: { kind: 'fixed_window', limit: 2, window_seconds: 3_600 } } }
    const saved = await fetchWith('/v1/settings', {
      method: 'PUT',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify(limits),
    })
    expect(saved.status).toBe(200)
    const browser = await signedInBrowser('narrow', 'dora')
    // The gateway notices new limits within a second.
    await vi.waitFor(async () => expect((await browser.call('POST', '/v1/auth/tokens')).status).toBe(429), {
      timeout: 20_000,
      interval: 50,
    })
  }, 30_000)

  it('that takes a credential counts failures per address', async () => {
    const headers = { 'cf-connecting-ip': '198.51.100.77', 'content-type': 'application/json' }
    const bodies = {
      '/v1/auth/refresh': { refresh_token: `somarefresh_every.AAAAAAAAAAAA_${'A'.repeat(43)}` },
      '/v1/auth/mfa': { challenge: `somachallenge_every.AAAAAAAAAAAA_${'A'.repeat(43)}`, code: '123456' },
    }
    const counts: Record<string, number> = {}
    for (let n = 0; n < 200; n++)
      for (const [path, body] of Object.entries(bodies)) {
        const { status } = await fetchWith(path, { method: 'POST', headers, body: JSON.stringify(body) })
        counts[`${path} ${status}`] = (counts[`${path} ${status}`] ?? 0) + 1
      }
    expect(counts).toEqual({ '/v1/auth/refresh 401': 150, '/v1/auth/refresh 429': 50, '/v1/auth/mfa 401': 150, '/v1/auth/mfa 429': 50 })
  })
})

describe('M4. The sign-ins of a user', () => {
  it('are at most 50 by each method, because the oldest end, and are listed in pages', async () => {
    const browser = await signedInBrowser('every', 'many')
    const first = (await (await browser.call('POST', '/v1/auth/tokens')).json()) as { access_token: string; refresh_token: string }
    for (let n = 0; n < 50; n++) expect((await browser.call('POST', '/v1/auth/tokens')).status).toBe(200)
    expect((await newBrowser().call('POST', '/v1/auth/refresh', { refresh_token: first.refresh_token })).status).toBe(401)
    const signIns: { id: string; method: string }[] = []
    let pages = 0
    for (let next: string | null = ''; next !== null; pages++) {
      const page = await browser.call('GET', `/v1/me/sign-ins?limit=20${next === '' ? '' : `&after=${next}`}`)
      expect(page.status).toBe(200)
      const list = (await page.json()) as { sign_ins: typeof signIns; next: string | null }
      expect(list.sign_ins.length).toBeLessThanOrEqual(20)
      signIns.push(...list.sign_ins)
      next = list.next
    }
    expect(pages).toBe(3)
    expect(new Set(signIns.map(({ id }) => id)).size).toBe(51)
    expect(signIns.filter(({ method }) => method === 'token')).toHaveLength(50)
    expect((await browser.call('GET', '/v1/me')).status, 'another method is not affected').toBe(200)
  }, 60_000)
})
