import { env } from 'cloudflare:workers'
import { generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { faultTexts } from '../../../../shared/identity/credential-fault.ts'
import { clockLeewaySeconds, maxTokenUnits } from '../../../../shared/identity/token-limits.ts'
import { bearer, fetchPath } from '../browser.ts'
import { fetchWith } from '../http/gateway-with.ts'

const gateway = env as unknown as GatewayEnv & { readonly TEST_SIGNING_KEY: string }
const testKey = JSON.parse(gateway.TEST_SIGNING_KEY) as JWK
const signer = await importJWK(testKey, 'ES256')
const { privateKey: unknownKey } = await generateKeyPair('ES256')

const seconds = () => Math.floor(Date.now() / 1_000)

interface Change {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: typeof signer
}

/** A token of `iss` that is valid except for the given changes. */
const signed = (iss: string, { claims, header, key = signer }: Change = {}): Promise<string> =>
  new SignJWT({
    iss,
    aud: 'soma',
    sub: `ada at ${new URL(iss).host}`.replaceAll(' ', '-'),
    org: 'acme',
    tenant: 'acme',
    iat: seconds(),
    exp: seconds() + 600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test', ...header })
    .sign(key)
const ourToken = (change?: Change) => signed(gateway.SOMA_ISSUER, change)
const issuerToken = (change?: Change) => signed('https://idp.test', change)

const me = (token: string) => fetchPath('/v1/me', { headers: bearer(token) })

let lines: Record<string, unknown>[] = []
const text = () => JSON.stringify(lines)

beforeEach(() => {
  lines = []
  for (const level of ['warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(JSON.parse(String(line))))
})
afterEach(() => void vi.restoreAllMocks())
// The first request loads the gateway.
beforeAll(async () => void (await fetchPath('/live')), 60_000)

/** Expects 401 with this fault in the header and the body. */
async function expectFault(token: string, fault: keyof typeof faultTexts): Promise<void> {
  const response = await me(token)
  expect([response.status, fault]).toEqual([401, fault])
  expect(response.headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", error_description="${faultTexts[fault]}"`)
  expect(await response.json()).toMatchObject({
    type: '/problems/unauthenticated',
    detail: faultTexts[fault],
    error: 'invalid_token',
    error_description: faultTexts[fault],
  })
}

describe('A refused credential', () => {
  it('gets 401 that names the wrong part, in the header and the body (RFC 6750 §3)', async () => {
    expect((await me(await ourToken())).status).toBe(200)
    expect((await me(await issuerToken())).status).toBe(200)
    for (const make of [ourToken, issuerToken]) {
      await expectFault(await make({ claims: { exp: seconds() - clockLeewaySeconds - 5 } }), 'expired')
      await expectFault(await make({ claims: { nbf: seconds() + clockLeewaySeconds + 5 } }), 'not_yet_valid')
      await expectFault(await make({ claims: { aud: 'elsewhere' } }), 'audience')
      await expectFault(await make({ claims: { aud: undefined } }), 'claims')
      await expectFault(await make({ claims: { iss: 'https://unknown.test' } }), 'issuer')
      await expectFault(await make({ header: { typ: 'dpop+jwt' } }), 'type')
      await expectFault(await make({ claims: { padding: 'x'.repeat(maxTokenUnits) } }), 'size')
      await expectFault(await make({ key: unknownKey }), 'signature')
      await expectFault(await make({ header: { kid: 'other' } }), 'signature')
      await expectFault(await make({ header: { alg: 'HS256' }, key: new Uint8Array(32) }), 'algorithm')
      await expectFault(await make({ claims: { sub: '' } }), 'subject')
      await expectFault(await make({ claims: { sub: 7 } }), 'subject')
      await expectFault(await make({ claims: { tenant: '../x', org: '../x' } }), 'tenant')
      await expectFault(await make({ claims: { iat: undefined } }), 'claims')
    }
    await expectFault('no-token', 'malformed')
    await expectFault(`${await ourToken()}=`, 'malformed')
    await expectFault('soma_acme.AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'api_key')
  })

  it('without a valid signature reveals nothing about its claims', async () => {
    for (const claims of [{ exp: 1 }, { aud: 'elsewhere' }, { sub: '' }, { org: '../x' }])
      await expectFault(await issuerToken({ claims, key: unknownKey }), 'signature')
  })

  it('that is missing gets a challenge without an error (RFC 6750 §3.1)', async () => {
    const response = await fetchPath('/v1/me')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  it('has texts that a quoted string can hold', () => {
    for (const text of Object.values(faultTexts)) expect(text).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  })
})

describe('A token of a trusted issuer', () => {
  it('may come from a clock that differs by the tolerance (azure-sdk-for-net#39422, keycloak#8966)', async () => {
    for (const make of [ourToken, issuerToken])
      for (const claims of [{ nbf: seconds() + 2 }, { exp: seconds() - 2 }]) expect((await me(await make({ claims }))).status).toBe(200)
  })

  it('follows its scheme in any case, after one or more spaces (RFC 9110 §11.4)', async () => {
    const token = await issuerToken()
    const status = async (authorization: string) => (await fetchPath('/v1/me', { headers: { authorization } })).status
    for (const scheme of ['Bearer ', 'bearer ', 'BEARER  ']) expect([scheme, await status(`${scheme}${token}`)]).toEqual([scheme, 200])
    for (const scheme of ['Bearer', 'Bearer\t', 'Basic ']) expect([scheme, await status(`${scheme}${token}`)]).toEqual([scheme, 401])
  })

  it('may hold the groups of a large company', async () => {
    const groups = Array.from({ length: 200 }, () => crypto.randomUUID())
    const token = await issuerToken({ claims: { groups } })
    expect(token.length).toBeGreaterThan(10_000)
    expect((await me(token)).status).toBe(200)
  })

  it('is accepted as `JWT` and without a type, but not as an ID token', async () => {
    for (const typ of ['JWT', 'jwt', 'application/at+jwt', undefined])
      expect((await me(await issuerToken({ header: { typ } }))).status, typ).toBe(200)
    const header = { typ: 'JWT' }
    for (const claims of [{ typ: 'Bearer', nonce: 'n' }, { token_use: 'access' }])
      expect((await me(await issuerToken({ header, claims }))).status).toBe(200)
    for (const claims of [{ typ: 'ID' }, { typ: 'Refresh' }, { token_use: 'id' }, { nonce: 'n' }, { at_hash: 'h' }])
      await expectFault(await issuerToken({ header, claims }), 'type')
    await expectFault(await signed('https://strict.test', { header }), 'type')
    await expectFault(await ourToken({ header }), 'type')
  })

  it('L1. is refused after its revocation, with and without an id, and no other token is', async () => {
    for (const jti of [crypto.randomUUID(), undefined, '', 7]) {
      const token = await issuerToken({ claims: { jti, sub: 'rita' } })
      const other = await issuerToken({ claims: { sub: 'rita', n: 1 } })
      expect([(await me(token)).status, (await me(other)).status]).toEqual([200, 200])
      expect((await fetchPath('/v1/auth/revoke', { method: 'POST', headers: bearer(token) })).status).toBe(204)
      await vi.waitFor(() => expectFault(token, 'revoked'), { timeout: 10_000, interval: 100 })
      expect((await me(other)).status).toBe(200)
    }
  })

  it('may have a subject with spaces, which is mapped', async () => {
    const response = await me(await issuerToken({ claims: { sub: 'CN=Person One,OU=x' } }))
    expect(await response.json()).toMatchObject({ subject: 'sub~CN=Person%20One,OU=x' })
  })
})

describe('The keys of another issuer', () => {
  it('are used although an encryption key has the same id (opensearch-security#4618)', async () => {
    const { d: _, ...publicKey } = testKey
    const set = { keys: [{ ...publicKey, use: 'enc', alg: 'ECDH-ES' }, { kty: 'RSA', kid: 'test', use: 'enc' }, null, publicKey] }
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(set))
    expect((await me(await signed('https://keycloak.test'))).status).toBe(200)
    expect(fetched).toHaveBeenCalledOnce()
  })

  it('that cannot be fetched give 503 with the name of the issuer, and the log has the reason (dam#2863)', async () => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('out of order', { status: 500 }))
    const response = await me(await signed('https://away.test'))
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({
      type: '/problems/unavailable',
      detail: 'The issuer https://away.test cannot be reached. Retry later.',
    })
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'request.failed', detail: 'The issuer https://away.test: away.test responded with 500' }),
    )
  })
})

const page = () => new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })
const useless: Readonly<Record<string, () => Response>> = {
  'a web page': page,
  'JSON that is no key set': () => Response.json({ error: 'not found' }),
  'a list': () => Response.json([]),
  null: () => Response.json(null),
  'keys that are no list': () => Response.json({ keys: 'none' }),
  'a redirect': () => new Response(null, { status: 302, headers: { location: 'https://evil.test/keys' } }),
  'an empty body': () => new Response(''),
  'more than 256 KiB': () => new Response(' '.repeat(300_000)),
  'no response': () => {
    throw new TypeError('secret detail of the network')
  },
}

describe('The address of keys', () => {
  it.each(Object.keys(useless))('that answers with %s gives 503 with the name of the issuer, and no 500', async (name) => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => useless[name]?.() as Response)
    const issuer = `https://useless-${Object.keys(useless).indexOf(name)}.test`
    const rules = { issuer, audience: 'soma', jwks_uri: `${issuer}/keys`, tenant: 'acme' }
    const variables = { SOMA_TRUSTED_ISSUERS: JSON.stringify([rules]) } as Partial<GatewayEnv>
    const response = await fetchWith('/v1/me', { headers: bearer(await signed(issuer)) }, variables)
    expect([name, response.status]).toEqual([name, 503])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    const text = await response.text()
    expect(text).toContain(`The issuer ${issuer} cannot be reached.`)
    expect(text).not.toContain('secret')
  })
})

// This block is last, because it moves the clock forward.
describe('The log of refused credentials', () => {
  it('names issuer, key and fault, without the token, at most once per interval', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      const token = await issuerToken({ claims: { aud: 'elsewhere' } })
      for (let n = 0; n < 5; n++) await expectFault(token, 'audience')
      vi.setSystemTime(Date.now() + 11_000)
      await expectFault(token, 'audience')
      const found = lines.filter(({ event, fault }) => event === 'credential.refused' && fault === 'audience')
      expect(found).toMatchObject([
        { level: 'warn', issuer: 'https://idp.test', key: 'test' },
        { level: 'warn', issuer: 'https://idp.test', key: 'test', count: 5 },
      ])
      for (const part of token.split('.')) expect(text()).not.toContain(part)
    } finally {
      vi.useRealTimers()
    }
  })
})
