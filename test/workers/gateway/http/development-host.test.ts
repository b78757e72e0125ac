import { describe, expect, it } from 'vitest'
import { describedRoutes, fetchWith, fillPath } from './gateway-with.ts'

const signIn = (origin: string, variables: Partial<GatewayEnv> = {}) =>
  fetchWith(
    '/v1/auth/dev',
    { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: '{"tenant":"rebinding","subject":"eve"}' },
    variables,
    origin,
  )

describe('M6. A development build', () => {
  it('answers under localhost, its addresses and the configured names', async () => {
    for (const origin of ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787'])
      expect((await signIn(origin)).status, origin).toBe(200)
    const named = { SOMA_DEV_HOSTS: 'soma.lan dev.example' } as Partial<GatewayEnv>
    expect((await signIn('http://dev.example:8787', named)).status).toBe(200)
    expect((await signIn('http://dev.example:8787')).status).toBe(403)
    const proxied = { SOMA_PUBLIC_URL: 'https://chat.example' } as Partial<GatewayEnv>
    expect((await signIn('https://chat.example', proxied)).status).toBe(200)
  })

  it('refuses every other host on every route', async () => {
    for (const origin of [
      'http://evil.example:8787',
      'http://localhost.evil.example',
      'http://127.0.0.1.nip.io',
      'http://192.168.0.7:8787',
    ]) {
      const response = await signIn(origin)
      expect([response.status, await response.json()], origin).toMatchObject([403, { type: '/problems/wrong_host' }])
      expect(response.headers.getSetCookie()).toEqual([])
    }
    const routes = [
      ...(await describedRoutes()),
      { method: 'GET', path: '/openapi.json' },
      { method: 'GET', path: '/.well-known/jwks.json' },
    ]
    expect(routes.length).toBeGreaterThan(50)
    for (const { method, path } of routes) {
      const response = await fetchWith(fillPath(path), { method }, {}, 'http://evil.example')
      expect([method, path, response.status]).toEqual([method, path, 403])
    }
  })
})
