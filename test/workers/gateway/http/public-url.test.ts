import { afterEach, describe, expect, it, vi } from 'vitest'
import { fetchWith } from './gateway-with.ts'

/** A proxy ends TLS for `https://chat.example.com` and sends plain HTTP to `localhost`. */
const inner = 'http://localhost:8787'
const outer = 'https://chat.example.com'
const behindProxy = { SOMA_PUBLIC_URL: outer } as Partial<GatewayEnv>

afterEach(() => void vi.restoreAllMocks())

const signIn = (variables: Partial<GatewayEnv>, headers: Record<string, string>) =>
  fetchWith(
    '/v1/auth/dev',
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"tenant":"proxy","subject":"alice"}' },
    variables,
    inner,
  )

describe('Behind a proxy with SOMA_PUBLIC_URL', () => {
  it('a page of the public address signs in, gets `Secure` cookies, and sends messages with them', async () => {
    const signedIn = await signIn(behindProxy, { origin: outer })
    expect(signedIn.status).toBe(200)
    const cookies = signedIn.headers.getSetCookie()
    expect(cookies).toHaveLength(2)
    for (const cookie of cookies) expect(cookie).toMatch(/^__Host-.*; Secure/)
    const value = (name: string) => new RegExp(`${name}=([^;]+)`).exec(cookies.join('\n'))?.[1] ?? ''
    const headers = { cookie: `__Host-soma_token=${value('__Host-soma_token')}`, 'x-csrf-token': value('__Host-soma_csrf') }
    const send = (origin: string) =>
      fetchWith(
        '/v1/sessions/message',
        { method: 'POST', headers: { ...headers, origin, 'content-type': 'application/json' }, body: '{"message":"Hello"}' },
        behindProxy,
        inner,
      )
    expect((await send(outer)).status).toBe(200)
    for (const origin of [inner, 'http://chat.example.com', `${outer}:444`, 'https://evil.example'])
      expect([origin, (await send(origin)).status]).toEqual([origin, 403])
  })

  it('the identity provider gets the public redirect address, and the browser a `Secure` cookie', async () => {
    const issuer = 'https://idp.example'
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    }
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(metadata))
    const oidc = { SOMA_OIDC_ISSUER: issuer, SOMA_OIDC_CLIENT_ID: 'soma', SOMA_OIDC_TENANT: 'proxy' }
    const response = await fetchWith(
      '/v1/auth/oidc/start',
      { redirect: 'manual' },
      { ...behindProxy, ...oidc } as Partial<GatewayEnv>,
      inner,
    )
    expect(response.status).toBe(303)
    const location = new URL(response.headers.get('location') ?? '')
    expect([location.origin, location.searchParams.get('redirect_uri')]).toEqual([issuer, `${outer}/v1/auth/oidc/callback`])
    expect(response.headers.getSetCookie().join()).toMatch(/^__Host-soma_oidc.*; Secure/)
  })

  it('forwarded headers change nothing', async () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example;proto=https' }
    expect((await signIn(behindProxy, { origin: 'https://evil.example', ...forwarded })).status).toBe(403)
    const plain = await signIn({}, { origin: inner, ...forwarded })
    expect(plain.status).toBe(200)
    for (const cookie of plain.headers.getSetCookie()) expect(cookie).not.toMatch(/Secure/)
  })

  it('the description names the public address', async () => {
    const description = await fetchWith('/openapi.json', {}, behindProxy, inner)
    expect(await description.json()).toMatchObject({ servers: [{ url: outer }] })
  })
})

describe('A wrong SOMA_PUBLIC_URL', () => {
  it.each([
    'chat.example.com',
    'ftp://chat.example.com',
    `${outer}/path`,
    `${outer}?x`,
    'https://user:secret@chat.example.com',
    `${outer} ${inner}`,
  ])('%j fails every request, and no other address is used', async (wrong) => {
    expect((await fetchWith('/v1/auth/methods', {}, { SOMA_PUBLIC_URL: wrong } as Partial<GatewayEnv>)).status).toBe(500)
  })

  it('may have a slash at its end', async () => {
    expect((await signIn({ SOMA_PUBLIC_URL: `${outer}/` } as Partial<GatewayEnv>, { origin: outer })).status).toBe(200)
  })
})
