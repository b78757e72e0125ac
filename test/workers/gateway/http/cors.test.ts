import { describe, expect, it } from 'vitest'
import { token } from '../client.ts'
import { fetchWith } from './gateway-with.ts'

const app = 'https://app.example.com'
const variables = { SOMA_CORS_ORIGINS: `${app}, https://other.example.com:8443` } as Partial<GatewayEnv>
const preflight = (path: string, origin: string, method = 'POST', settings = variables) =>
  fetchWith(
    path,
    { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' } },
    settings,
  )
const corsHeaders = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith('access-control-'))

describe('A preflight', () => {
  it('from an allowed origin is 204 and names methods and headers, without a token', async () => {
    for (const origin of [app, 'https://other.example.com:8443']) {
      const response = await preflight('/v1/sessions/message', origin)
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, origin])
      expect(response.headers.get('access-control-allow-methods')).toBe('DELETE, GET, HEAD, OPTIONS, PATCH, POST')
      for (const name of ['authorization', 'content-type', 'idempotency-key', 'last-event-id'])
        expect(response.headers.get('access-control-allow-headers')?.split(', ')).toContain(name)
      expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0)
      expect(response.headers.get('vary')).toContain('Origin')
      expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    }
  })

  it.each([
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com:444',
    'null',
  ])('from %s is 403 and allows nothing', async (origin) => {
    const response = await preflight('/v1/sessions', origin)
    expect([response.status, corsHeaders(response)]).toEqual([403, []])
    expect(await response.json()).toMatchObject({ type: '/problems/origin_not_allowed' })
  })

  it('allows nothing by default', async () => {
    const response = await preflight('/v1/sessions', app, 'GET', {})
    expect([response.status, corsHeaders(response)]).toEqual([403, []])
  })

  it('to an unknown path is 404', async () => {
    expect((await preflight('/nothing', app)).status).toBe(404)
  })
})

describe('A response', () => {
  it('may be read by an allowed origin, refusals included, and never with credentials', async () => {
    const authorization = `Bearer ${await token('cors', 'alice')}`
    for (const [headers, status] of [
      [{ origin: app, authorization }, 200],
      [{ origin: app }, 401],
    ] as const) {
      const response = await fetchWith('/v1/sessions', { headers }, variables)
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, app])
      expect(response.headers.get('access-control-expose-headers')?.split(', ')).toEqual(
        expect.arrayContaining(['x-request-id', 'retry-after']),
      )
      expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    }
    expect(
      (await fetchWith('/v1/health', { method: 'POST', headers: { origin: app } }, variables)).headers.get('access-control-allow-origin'),
    ).toBe(app)
  })

  it('varies by origin, also for requests without one, while origins are set', async () => {
    for (const headers of [{}, { origin: app }, { origin: 'https://evil.example' }] as Record<string, string>[])
      expect((await fetchWith('/v1/health', { headers }, variables)).headers.get('vary')).toContain('Origin')
    expect((await fetchWith('/v1/health', { headers: { origin: app } })).headers.get('vary')).toBeNull()
  })

  it('to another origin has no header of CORS', async () => {
    expect(corsHeaders(await fetchWith('/v1/health', { headers: { origin: 'https://evil.example' } }, variables))).toEqual([])
  })
})

describe('The cookie', () => {
  it('does not sign in a change from an allowed origin', async () => {
    const cookie = `__Host-soma_token=${await token('cors', 'alice')}`
    const response = await fetchWith(
      '/v1/sessions/message',
      { method: 'POST', headers: { origin: app, cookie, 'content-type': 'application/json' }, body: '{"message":"Hello"}' },
      variables,
    )
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ type: '/problems/wrong_origin' })
  })
})
