import { env } from 'cloudflare:workers'
import { importJWK, type JWK, SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Browser, fetchPath, newBrowser } from '../browser.ts'

const issuer = 'https://login.test'
const key = JSON.parse((env as unknown as { readonly TEST_SIGNING_KEY: string }).TEST_SIGNING_KEY) as JWK
const { d: _, ...publicKey } = key
const signer = await importJWK(key, 'ES256')

/** The deviations of the provider in one test. */
interface ProviderBehaviour {
  readonly metadata?: object
  readonly claims?: Record<string, unknown>
  readonly tokenFields?: Record<string, unknown>
  /** The only client authentication that the provider accepts. */
  readonly accepts?: 'basic' | 'post'
}

let behaviour: ProviderBehaviour = {}
let lines: string[] = []
const nonces = new Map<string, string>()

async function provider(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/.well-known/openid-configuration')
    return Response.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      ...behaviour.metadata,
    })
  if (pathname === '/keys') return Response.json({ keys: [publicKey] })
  const form = new URLSearchParams(await request.text())
  const basic = request.headers.get('authorization')?.startsWith('Basic ') ?? false
  const usesPost = form.get('client_secret') === 'a-secret-of-tests'
  if ((behaviour.accepts === 'post' && !usesPost) || (behaviour.accepts === 'basic' && !basic))
    return Response.json({ error: 'invalid_client' }, { status: 401 })
  const now = Math.floor(Date.now() / 1_000)
  const nonce = nonces.get(form.get('code') ?? '')
  const claims = { iss: issuer, sub: 'ada', nonce, aud: 'soma-client', iat: now, exp: now + 300, ...behaviour.claims }
  const token = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'test' })
  return Response.json({
    access_token: 'opaque',
    token_type: 'bearer',
    expires_in: 60,
    id_token: await token.sign(signer),
    ...behaviour.tokenFields,
  })
}

beforeEach(() => {
  behaviour = {}
  // The gateway keeps the metadata for ten minutes, and each test has its own.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  lines = []
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => provider(new Request(input, init)))
})
// The first request loads the gateway.
beforeAll(async () => void (await fetchPath('/live')), 60_000)
afterEach(() => {
  vi.restoreAllMocks()
  vi.setSystemTime(Date.now() + 700_000)
})

/** Starts a sign-in, and returns the address of the callback. */
async function startSignIn(browser: Browser, to = '/c/first'): Promise<string> {
  const started = await browser.call('GET', `/v1/auth/oidc/start?to=${encodeURIComponent(to)}`)
  const location = started.headers.get('location') ?? ''
  if (!URL.canParse(location)) throw new Error(`not started: ${started.status} ${await started.text()} ${lines.join('\n')}`)
  const { searchParams } = new URL(location)
  const code = crypto.randomUUID()
  nonces.set(code, searchParams.get('nonce') ?? '')
  return `/v1/auth/oidc/callback?code=${code}&state=${searchParams.get('state')}`
}
const finishSignIn = async (browser: Browser, callback: string) => (await browser.call('GET', callback)).headers.get('location')
const signIn = async (browser: Browser, to?: string) => finishSignIn(browser, await startSignIn(browser, to))
const attemptCookies = (browser: Browser) => Object.keys(browser.cookies()).filter((name) => name.includes('soma_oidc'))

describe('A sign-in at the provider', () => {
  it('authenticates with client_secret_post where only that is offered (open-webui#15450)', async () => {
    behaviour = { accepts: 'post', metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } }
    expect(await signIn(newBrowser())).toBe('/c/first')
  })

  it('authenticates with Basic by default and where both are offered', async () => {
    behaviour = { accepts: 'basic' }
    expect(await signIn(newBrowser())).toBe('/c/first')
    vi.setSystemTime(Date.now() + 700_000)
    behaviour = { accepts: 'basic', metadata: { token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'] } }
    expect(await signIn(newBrowser())).toBe('/c/first')
  })

  it('fails where neither is offered', async () => {
    behaviour = { metadata: { token_endpoint_auth_methods_supported: ['private_key_jwt'] } }
    expect(await signIn(newBrowser())).toBe('/?sign_in=failed')
  })

  it('succeeds in each of two tabs, in any order (express-openid-connect#43)', async () => {
    for (const reversed of [false, true]) {
      const browser = newBrowser()
      const tabs = [await startSignIn(browser, '/c/one'), await startSignIn(browser, '/c/two')]
      expect(attemptCookies(browser)).toHaveLength(2)
      const pages = ['/c/one', '/c/two']
      const order = reversed ? [1, 0] : [0, 1]
      for (const tab of order) expect(await finishSignIn(browser, tabs[tab] ?? '')).toBe(pages[tab])
      expect(attemptCookies(browser)).toEqual([])
    }
  })

  it('keeps the newest five attempts, and each is accepted once', async () => {
    const browser = newBrowser()
    const started: string[] = []
    for (let n = 0; n < 8; n++) {
      vi.setSystemTime(Date.now() + 1_000)
      started.push(await startSignIn(browser))
    }
    expect(attemptCookies(browser)).toHaveLength(5)
    expect(await finishSignIn(browser, started[2] ?? '')).toBe('/?sign_in=expired')
    expect(await finishSignIn(browser, started[3] ?? '')).toBe('/c/first')
    expect(await finishSignIn(browser, started[3] ?? '')).toBe('/?sign_in=expired')
    expect(await finishSignIn(browser, started[7] ?? '')).toBe('/c/first')
  })

  it('is not finished by another browser, nor with the response of another attempt', async () => {
    const [browser, other] = [newBrowser(), newBrowser()]
    const stolen = await startSignIn(browser)
    const ownCallback = await startSignIn(other)
    expect(await finishSignIn(other, stolen)).toBe('/?sign_in=expired')
    const state = new URL(ownCallback, issuer).searchParams.get('state')
    const swapped = new URL(stolen, issuer)
    swapped.searchParams.set('state', state ?? '')
    expect(await finishSignIn(other, `${swapped.pathname}${swapped.search}`)).toBe('/?sign_in=failed')
    expect(await finishSignIn(browser, stolen)).toBe('/c/first')
  })

  it('accepts `"scope": null` and a list of audiences with or without azp', async () => {
    behaviour = { tokenFields: { scope: null, refresh_token: null } }
    expect(await signIn(newBrowser())).toBe('/c/first')
    for (const claims of [{ aud: ['soma-client', 'other'] }, { aud: ['other', 'soma-client'], azp: 'soma-client' }]) {
      behaviour = { claims }
      expect(await signIn(newBrowser()), JSON.stringify(claims)).toBe('/c/first')
    }
  })

  it('maps a subject with spaces', async () => {
    behaviour = { claims: { sub: 'CN=Person One,OU=x' } }
    const browser = newBrowser()
    expect(await signIn(browser)).toBe('/c/first')
    expect(await (await browser.call('GET', '/v1/me')).json()).toMatchObject({ subject: 'sub~CN=Person%20One,OU=x' })
  })

  it('is refused for another audience, party, nonce, issuer, time or signature, and without an ID token', async () => {
    const now = Math.floor(Date.now() / 1_000)
    const wrong: Record<string, unknown>[] = [
      { aud: 'other' },
      { aud: ['other'] },
      { aud: ['soma-client', 'other'], azp: 'other' },
      { azp: 'other' },
      { nonce: 'other' },
      { nonce: undefined },
      { iss: 'https://evil.test' },
      { exp: now - 60 },
      { iat: undefined },
    ]
    for (const claims of wrong) {
      behaviour = { claims }
      expect(await signIn(newBrowser()), JSON.stringify(claims)).toBe('/?sign_in=failed')
    }
    for (const response of [
      { id_token: undefined },
      { id_token: null },
      { id_token: 'x.y.z' },
      { token_type: null },
      { access_token: null },
    ]) {
      behaviour = { tokenFields: response }
      expect(await signIn(newBrowser()), JSON.stringify(response)).toBe('/?sign_in=failed')
    }
  })

  it('M1. returns to a page of the app only, also when the cookie is changed', async () => {
    for (const to of ['/.//evil.example/phish', '/%2e//evil.example', '/a/..//evil.example', '/./\\evil.example', '//evil.example'])
      expect(await signIn(newBrowser(), to), to).toBe('/')
    const browser = newBrowser()
    const callback = await startSignIn(browser)
    const [name = '', value = ''] = Object.entries(browser.cookies()).find(([cookie]) => cookie.includes('soma_oidc')) ?? []
    const changed = btoa(JSON.stringify({ ...JSON.parse(atob(decodeURIComponent(value))), to: '//evil.example' }))
    const response = await fetchPath(callback, { headers: { cookie: `${name}=${encodeURIComponent(changed)}` } })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
  })
})
