import { createPublicKey, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { bearer, signIn } from './browser-session.ts'

const trustedIssuer = 'https://idp.example.com'
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const

let stack: Stack
let keyServer: Server
let keySetRequests = 0
const issuerKeys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>['privateKey']>()
let ourKey: JWK & { kid: string }

beforeAll(async () => {
  const jwks: JWK[] = []
  for (const alg of algorithms) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    issuerKeys.set(alg, privateKey)
    jwks.push({ ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' })
  }
  keyServer = createServer((_, response) => {
    keySetRequests += 1
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: jwks }))
  })
  await new Promise<void>((done) => keyServer.listen(0, '127.0.0.1', done))
  const trusted = [
    {
      issuer: trustedIssuer,
      audience: 'soma',
      jwks_uri: `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`,
      tenant_claim: 'org',
      tenants: '*',
      scopes: ['sessions:read_all'],
    },
  ]
  stack = await startStack({ env: { SOMA_TRUSTED_ISSUERS: JSON.stringify(trusted) } })
  ourKey = (await developmentSecrets()).signingKey
}, 150_000)
afterAll(async () => {
  await stack?.stop()
  keyServer?.close()
})

const statusOf = async (token: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(`${stack.url}/v1/me`, { headers: { ...bearer(token), ...headers } })).status

interface Change {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly key?: Parameters<SignJWT['sign']>[0]
}

const seconds = () => Math.floor(Date.now() / 1_000)

/** A token of our issuer that is valid except for the given changes. */
async function tokenWith({ header, claims, key }: Change = {}): Promise<string> {
  const validClaims = {
    tenant: 'acme',
    sub: 'alice',
    scope: '',
    iss: 'https://soma.localhost',
    aud: 'soma',
    iat: seconds(),
    exp: seconds() + 600,
  }
  const protect = { alg: 'ES256', typ: 'at+jwt', kid: ourKey.kid, ...header }
  return new SignJWT({ ...validClaims, jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader(protect as JWTHeaderParameters)
    .sign(key ?? (await importJWK(ourKey, 'ES256')))
}

/** A token of the issuer that the deployment trusts. */
const issuerToken = (alg: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ iss: trustedIssuer, org: 'acme', sub: 'frida', scope: 'sessions:read_all admin', ...claims })
    .setProtectedHeader({ alg, typ: 'at+jwt', kid: alg, ...header })
    .setAudience('soma')
    .setIssuedAt()
    .setExpirationTime('10 m')
    .sign(issuerKeys.get(alg) as never)

const encodePart = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('A token', () => {
  it('is accepted without changes, so each token below is rejected for its change', async () => {
    expect(await statusOf(await tokenWith())).toBe(200)
    for (const alg of algorithms) expect(await statusOf(await issuerToken(alg)), alg).toBe(200)
  })

  it('3. is rejected if unsigned, signed with the public key, or with an embedded key or hostile key id', async () => {
    const [header = '', claims = ''] = (await tokenWith()).split('.')
    const spki: KeyObject = createPublicKey({ key: { kty: ourKey.kty, crv: ourKey.crv, x: ourKey.x, y: ourKey.y } as never, format: 'jwk' })
    const pem = new Uint8Array(Buffer.from(spki.export({ type: 'spki', format: 'pem' }).toString()))
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const url = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/mine`
    const attempts = {
      'alg none': `${encodePart({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
      'alg None, with some signature': `${encodePart({ alg: 'None', typ: 'at+jwt', kid: ourKey.kid })}.${claims}.AAAA`,
      'no signature': `${header}.${claims}.`,
      'HS256 with the PEM': await tokenWith({ header: { alg: 'HS256' }, key: pem }),
      'embedded jwk': await tokenWith({ header: { jwk }, key: privateKey }),
      jku: await tokenWith({ header: { jku: url }, key: privateKey }),
      x5u: await tokenWith({ header: { x5u: url }, key: privateKey }),
      'good, but with a jku': await tokenWith({ header: { jku: url } }),
      crit: await tokenWith({ header: { crit: ['b64'], b64: true } }),
      'kid is a path': await tokenWith({ header: { alg: 'HS256', kid: '../../dev/null' }, key: new Uint8Array(32) }),
      'kid is SQL': await tokenWith({ header: { kid: "' OR 1=1 --" } }),
      'another key, our id': await tokenWith({ key: privateKey }),
    }
    const before = keySetRequests
    for (const [name, token] of Object.entries(attempts)) expect(await statusOf(token), name).toBe(401)
    expect(keySetRequests, 'no request went to the address in the token').toBe(before)
  })

  it('4. is rejected with a line break, spaces, padding, four segments or 17 KB', async () => {
    const validToken = await tokenWith()
    const [header, claims, signature] = validToken.split('.')
    expect(await statusOf(validToken)).toBe(200)
    const cookies = [
      `${validToken}%0A`,
      `${validToken}%20`,
      `%20${validToken}`,
      `${validToken}=`,
      `${header}.${claims}=.${signature}`,
      `${validToken}.${signature}`,
      `${validToken}%00`,
    ]
    for (const token of cookies)
      expect((await fetch(`${stack.url}/v1/me`, { headers: { cookie: `soma_token=${token}` } })).status, token.slice(-12)).toBe(401)
    for (const token of [
      `${validToken}=`,
      `${validToken}.${signature}`,
      `${header}.${claims}`,
      `${header}.${claims}=.${signature}`,
      `${validToken},${validToken}`,
    ])
      expect(await statusOf(token), token.slice(-12)).toBe(401)
    const long = await tokenWith({ claims: { padding: 'x'.repeat(17_000) } })
    expect(long.length).toBeGreaterThan(17_000)
    expect(await statusOf(long)).toBe(401)
    expect(
      await statusOf(await tokenWith({ claims: { groups: Array.from({ length: 200 }, () => crypto.randomUUID()) } })),
      '200 groups',
    ).toBe(200)
  })

  it('5. is rejected if expired, not valid yet, of another audience, issuer or type', async () => {
    const attempts: Record<string, Change> = {
      expired: { claims: { exp: seconds() - 35 } },
      'without an expiry': { claims: { exp: undefined } },
      'not yet': { claims: { nbf: seconds() + 600 } },
      'other audience': { claims: { aud: 'elsewhere' } },
      'no audience': { claims: { aud: undefined } },
      'other issuer': { claims: { iss: 'https://evil.example' } },
      'the trusted issuer, our key': { claims: { iss: trustedIssuer } },
      'no issuer': { claims: { iss: undefined } },
      'an ID token': { header: { typ: 'JWT' } },
      'no type': { header: { typ: undefined } },
      'no subject': { claims: { sub: undefined } },
      'no tenant': { claims: { tenant: undefined } },
      'an invalid tenant': { claims: { tenant: '../acme' } },
    }
    for (const [name, change] of Object.entries(attempts)) expect(await statusOf(await tokenWith(change)), name).toBe(401)
    expect(await statusOf(await issuerToken('RS256', { nonce: 'n' }, { typ: 'JWT' })), 'a foreign ID token').toBe(401)
    expect(await statusOf(await issuerToken('RS256', {}, { typ: 'JWT' })), 'an access token without the type of RFC 9068').toBe(200)
    expect(await statusOf(await issuerToken('RS256', { iss: 'https://soma.localhost' })), 'a foreign key with our issuer').toBe(401)
    expect(await statusOf(await issuerToken('RS256', { org: undefined })), 'a foreign token without a tenant').toBe(401)
  })

  it('5. is rejected everywhere after its revocation, even if just verified, and its stream ends', async () => {
    const token = await tokenWith({ claims: { sub: 'rita' } })
    const sent = await fetch(`${stack.url}/v1/sessions/message`, {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: JSON.stringify({ session_id: 'revoked', message: 'hi' }),
    })
    expect(sent.status).toBe(200)
    const stream = await fetch(`${stack.url}/v1/sessions/revoked/events?stream=true`, { headers: bearer(token) })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    expect((await fetch(`${stack.url}/v1/auth/revoke`, { method: 'POST', headers: bearer(token) })).status).toBe(204)
    await vi.waitFor(async () => expect(await statusOf(token)).toBe(401), { timeout: 10_000, interval: 100 })
    // Another token of the same user still works. The revoked token's stream does not get its messages.
    const other = bearer(await tokenWith({ claims: { sub: 'rita' } }))
    await sleep(1_100)
    const message = {
      method: 'POST',
      headers: { ...other, 'content-type': 'application/json' },
      body: JSON.stringify({ session_id: 'revoked', message: 'a secret' }),
    }
    expect((await fetch(`${stack.url}/v1/sessions/message`, message)).status).toBe(200)
    let received = ''
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) received += chunk.value
    expect(received).toContain(': signed out')
    expect(received).not.toContain('a secret')
  })

  it('6. with an unknown key id causes one key-set request per cooldown, for any number of tokens', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const tokenWithKid = (kid: string) =>
      new SignJWT({ org: 'acme', sub: 'x' })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
        .setIssuer(trustedIssuer)
        .setAudience('soma')
        .setIssuedAt()
        .setExpirationTime('10 m')
        .sign(privateKey)
    expect(await statusOf(await issuerToken('ES256'))).toBe(200)
    const before = keySetRequests
    const tokens = await Promise.all(Array.from({ length: 60 }, (_, n) => tokenWithKid(`unknown-${n}`)))
    expect(new Set(await Promise.all(tokens.map((token) => statusOf(token))))).toEqual(new Set([401]))
    expect(keySetRequests - before).toBeLessThanOrEqual(1)
    expect(await statusOf(await issuerToken('ES256')), 'known keys still work').toBe(200)
  })

  it('of another issuer has only the scopes that the deployment allows, and no role', async () => {
    const me = await fetch(`${stack.url}/v1/me`, { headers: bearer(await issuerToken('PS256')) })
    expect(await me.json()).toMatchObject({ tenant: 'acme', subject: 'frida', role: 'member' })
    expect((await fetch(`${stack.url}/v1/users`, { headers: bearer(await issuerToken('PS256')) })).status).toBe(403)
  })
})

describe('A rotation of the signing key', () => {
  it('rejects no request: constant requests get no 401', async () => {
    const alice = await signIn(stack, 'acme', 'rotating')
    const requestTokens = async () =>
      (await (await alice.call('POST', '/v1/auth/tokens')).json()) as { access_token: string; refresh_token: string }
    const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string
    const first = await requestTokens()
    let latest = first
    const refused: string[] = []
    let requests = 0
    let isDone = false
    /** Sends requests with the same credential until `done`. */
    const keepRequesting = (headers: () => Record<string, string>, name: string) =>
      (async () => {
        while (!isDone) {
          const { status } = await fetch(`${stack.url}/v1/me`, { headers: headers() })
          requests += 1
          if (status !== 200) refused.push(`${name}: ${status}`)
          await sleep(15)
        }
      })()
    const refreshLoop = (async () => {
      while (!isDone) {
        const response = await fetch(`${stack.url}/v1/auth/refresh`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh_token: latest.refresh_token }),
        })
        if (response.status === 200) latest = (await response.json()) as typeof latest
        else refused.push(`refresh: ${response.status}`)
        await sleep(200)
      }
    })()
    const requestLoops = [
      keepRequesting(() => bearer(first.access_token), 'first'),
      keepRequesting(() => bearer(latest.access_token), 'latest'),
      keepRequesting(() => ({ cookie: alice.cookie }), 'cookie'),
    ]
    const operator = bearer(await stack.token('operator', 'keys', { scopes: 'admin:issuer' }))
    const rotation = await fetch(`${stack.url}/v1/signing-keys`, {
      method: 'POST',
      headers: { ...operator, 'content-type': 'application/json' },
      body: '{"lead_seconds": 15}',
    })
    expect(await rotation.json()).toMatchObject({ keys: [{ state: 'published' }, { state: 'signing' }] })
    const published = (await (await fetch(`${stack.url}/.well-known/jwks.json`)).json()) as { keys: JWK[] }
    expect(published.keys.length).toBe(3)
    await vi.waitFor(() => expect(kidOf(latest.access_token)).not.toBe(kidOf(first.access_token)), { timeout: 40_000, interval: 100 })
    await sleep(2_000)
    isDone = true
    await Promise.all([...requestLoops, refreshLoop])
    expect(refused).toEqual([])
    expect(requests).toBeGreaterThan(100)
    expect(await (await fetch(`${stack.url}/v1/signing-keys`, { headers: operator })).json()).toMatchObject({
      keys: [{ state: 'signing' }, { state: 'verifying' }],
    })
    for (const key of published.keys) expect(Object.keys(key)).not.toContain('d')
  })

  it('is for operators', async () => {
    for (const scopes of ['', 'admin', 'keys:manage'])
      expect(
        (await fetch(`${stack.url}/v1/signing-keys`, { headers: bearer(await stack.token('acme', 'alice', { scopes })) })).status,
      ).toBe(403)
  })
})
