/** Who reaches the MCP face, and what a request of it counts as. */
import { describe, expect, it, vi } from 'vitest'
import { becomesOneRequest } from '../../../../workers/gateway/faces/mcp/becomes-request.ts'
import { bearer } from '../browser.ts'
import { token } from '../client.ts'
import { fetchWith } from '../http/gateway-with.ts'

const call = (name: string, args: object) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })

/** Sends `message` in the name of a user of the tenant. */
const send = async (tenant: string, message: unknown, headers: Record<string, string> = {}, variables: Partial<GatewayEnv> = {}) =>
  fetchWith(
    '/mcp',
    {
      method: 'POST',
      headers: {
        ...bearer(await token(tenant, 'ada')),
        'content-type': 'application/json',
        'content-length': `${JSON.stringify(message).length}`,
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(message),
    },
    variables,
  )

const json = async (subject: Record<string, string>, body: object) => {
  const text = JSON.stringify(body)
  return { method: 'POST', headers: { ...subject, 'content-type': 'application/json', 'content-length': `${text.length}` }, body: text }
}

/** How many requests of a class are left to the user after this one. */
async function remaining(tenant: string, path: string, body?: object): Promise<number> {
  const user = bearer(await token(tenant, 'ada'))
  const response = await fetchWith(path, body ? await json(user, body) : { headers: user })
  await response.body?.cancel()
  return Number(response.headers.get('ratelimit-remaining'))
}

/** Sets the limit of each class to `limit` requests an hour, and waits until the gateway counts by it. */
async function setLimits(tenant: string, limit: number): Promise<void> {
  const rule = { kind: 'fixed_window', limit, window_seconds: 3_600 }
  const admin = bearer(await token(tenant, 'chief', 'admin'))
  const saved = await fetchWith('/v1/settings', {
    ...(await json(admin, { version: 0, limits: { read: rule, write: rule } })),
    method: 'PUT',
  })
  expect(saved.status).toBe(200)
  await vi.waitFor(async () => {
    const response = await fetchWith('/v1/personas', { headers: admin })
    expect(response.headers.get('ratelimit-limit')).toBe(String(limit))
  })
}

describe('A request of the MCP face', () => {
  const left = async (tenant: string) => [await remaining(tenant, '/v1/personas'), await remaining(tenant, '/v1/remember', {})]

  it('counts once: a call as the request that it becomes, everything else as itself', async () => {
    await setLimits('once', 1_000)
    expect(await left('once')).toEqual([999, 999])
    expect(await (await send('once', call('list_personas', {}))).text()).toContain('personas')
    expect(await left('once')).toEqual([997, 998])
    await send('once', { jsonrpc: '2.0', id: 1, method: 'tools/list' })
    expect(await left('once')).toEqual([996, 996])
  })

  it('counts as itself if it becomes no request, or may become many', () => {
    expect(becomesOneRequest(call('list_personas', {}))).toBe(true)
    expect(becomesOneRequest(call('ask', { message: 'hi' }))).toBe(true)
    for (const other of [call('ask', {}), call('toString', {}), [call('list_personas', {})], { method: 'resources/list' }, null, 'x'])
      expect(becomesOneRequest(other), JSON.stringify(other)).toBe(false)
  })

  it('is refused over the limit of its user', async () => {
    await setLimits('few', 2)
    const statuses: number[] = []
    for (let count = 0; count < 3; count += 1) statuses.push((await send('few', { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status)
    expect(statuses).toEqual([200, 200, 429])
  })
})

describe('A page', () => {
  it('of another origin is refused, unless its origin is configured', async () => {
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const statusFrom = async (origin: string, variables?: Partial<GatewayEnv>) => (await send('pages', list, { origin }, variables)).status
    expect(await statusFrom('https://evil.example')).toBe(403)
    expect(await statusFrom('https://soma.test')).toBe(200)
    expect(await statusFrom('https://app.example', { SOMA_CORS_ORIGINS: 'https://app.example' })).toBe(200)
  })
})

describe('The protected resource', () => {
  const document = '/.well-known/oauth-protected-resource/mcp'
  const issuer = { issuer: 'https://id.example', audience: 'soma', jwks_uri: 'https://id.example/jwks', tenant: 'acme' }

  it('names the issuers whose tokens are accepted', async () => {
    const configured = await fetchWith(
      document,
      {},
      { SOMA_TRUSTED_ISSUERS: JSON.stringify([issuer]), SOMA_PUBLIC_URL: 'https://soma.example' },
    )
    expect([configured.status, configured.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    expect(await configured.json()).toMatchObject({
      resource: 'https://soma.example/mcp',
      authorization_servers: ['https://id.example'],
      bearer_methods_supported: ['header'],
    })
    expect(await (await fetchWith(document, {}, { SOMA_TRUSTED_ISSUERS: '' })).json()).not.toHaveProperty('authorization_servers')
  })

  it('is found by the challenge of a refused credential', async () => {
    const headers = { 'content-type': 'application/json' }
    const challenges = await Promise.all(
      [{}, { authorization: 'Bearer wrong' }].map(async (credential) => {
        const response = await fetchWith('/mcp', { method: 'POST', headers: { ...headers, ...credential }, body: '{}' })
        expect(response.status).toBe(401)
        return response.headers.get('www-authenticate')
      }),
    )
    expect(challenges[0]).toBe(`Bearer resource_metadata="https://soma.test${document}"`)
    expect(challenges[1]).toMatch(/^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="https:[^"]+"$/)
  })
})
