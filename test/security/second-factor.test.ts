/** Abuse of the second factor on the real stack: challenges, codes, and secrets that are shown once. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { codeOf, fromBase32, wrongCode } from '../support/authenticator.ts'
import { filesUnder } from '../support/files-under.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type BrowserSession, bearer, signIn } from './browser-session.ts'

const trustedIssuer = 'https://idp.example.com'

let stack: Stack
let issuerKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
/** Response bodies that the last test searches for secrets. */
const answers: string[] = []

const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> => {
  const response = await fetch(`${stack.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  answers.push(await response.clone().text())
  return response
}
const statusOf = async (headers: Record<string, string>, path = '/v1/me') => (await fetch(`${stack.url}${path}`, { headers })).status

async function enrol(tenant: string, subject: string): Promise<{ browser: BrowserSession; secret: string; recovery: string[] }> {
  const browser = await signIn(stack, tenant, subject)
  const { secret } = (await (await browser.call('POST', '/v1/me/mfa', {})).json()) as { secret: string }
  const verified = await browser.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret) })
  return { browser, secret, recovery: ((await verified.json()) as { recovery_codes: string[] }).recovery_codes }
}

async function challengeOf(tenant: string, subject: string): Promise<string> {
  const response = await fetch(`${stack.url}/v1/auth/dev`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant, subject }),
  })
  expect(response.status).toBe(202)
  expect(response.headers.getSetCookie().join(), 'no sign-in yet').not.toContain('soma_token')
  return ((await response.json()) as { challenge: string }).challenge
}

const issuerToken = (subject: string, claims: Record<string, unknown>): Promise<string> =>
  new SignJWT({ org: 'demands', ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'theirs' })
    .setIssuer(trustedIssuer)
    .setSubject(subject)
    .setAudience('soma')
    .setIssuedAt()
    .setExpirationTime('10 m')
    .sign(issuerKey)

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  issuerKey = privateKey
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'theirs', alg: 'ES256', use: 'sig' }] }
  const trusted = [
    { issuer: trustedIssuer, audience: 'soma', jwks, tenant_claim: 'org', tenants: '*', mfa_acr: ['urn:example:two-factors'] },
  ]
  stack = await startStack({ env: { SOMA_TRUSTED_ISSUERS: JSON.stringify(trusted) } })
}, 150_000)
afterAll(() => stack?.stop())

describe('A challenge', () => {
  it('5. is accepted only by the code check, only for its user, and only once', async () => {
    const { secret } = await enrol('acme', 'ada')
    const challenge = await challengeOf('acme', 'ada')
    for (const text of [challenge, challenge.replace('somachallenge', 'soma'), challenge.replace('somachallenge', 'somarefresh')]) {
      expect(await statusOf(bearer(text)), text.slice(0, 14)).toBe(401)
      expect(await statusOf(bearer(text), '/v1/sessions'), text.slice(0, 14)).toBe(401)
      expect(await statusOf({ cookie: `soma_token=${text}` }), text.slice(0, 14)).toBe(401)
      expect((await post('/v1/auth/refresh', { refresh_token: text })).status, text.slice(0, 14)).toBe(401)
    }
    const code = await codeOf(secret, 1)
    expect((await post('/v1/auth/mfa', { challenge, code })).status).toBe(200)
    expect((await post('/v1/auth/mfa', { challenge, code })).status).toBe(401)
  })

  it('1. of another tenant is unknown, even for a user of the same name', async () => {
    const { secret } = await enrol('globex', 'grace')
    await enrol('initech', 'grace')
    const challenge = await challengeOf('globex', 'grace')
    const otherTenant = await post('/v1/auth/mfa', { challenge: challenge.replace('_globex.', '_initech.'), code: await codeOf(secret, 1) })
    const unreachable = await post('/v1/auth/mfa', { challenge: challenge.replace('_globex.', '_nowhere.'), code: await codeOf(secret, 1) })
    const { request_id: _, ...otherTenantProblem } = (await otherTenant.json()) as { request_id: string }
    const { request_id: __, ...unknownTenantProblem } = (await unreachable.json()) as { request_id: string }
    expect([otherTenant.status, otherTenantProblem]).toEqual([unreachable.status, unknownTenantProblem])
    expect(otherTenant.status).toBe(401)
  })
})

describe('A code', () => {
  it('5. is accepted once, across all its uses', async () => {
    const { browser, secret } = await enrol('acme', 'rita')
    const code = await codeOf(secret, 1)
    const challenge = await challengeOf('acme', 'rita')
    expect((await post('/v1/auth/mfa', { challenge, code })).status).toBe(200)
    for (const path of ['/v1/me/mfa/disable', '/v1/me/mfa/recovery-codes', '/v1/me/mfa/verify', '/v1/me/mfa'])
      expect((await browser.call('POST', path, { code })).status, path).toBe(403)
    expect((await post('/v1/auth/mfa', { challenge: await challengeOf('acme', 'rita'), code })).status).toBe(403)
  })

  it('22. can be guessed five times in total, across clients and routes', async () => {
    const { browser, secret } = await enrol('acme', 'greta')
    const challenges = await Promise.all(Array.from({ length: 5 }, () => challengeOf('acme', 'greta')))
    const code = await wrongCode(secret)
    const guesses = Array.from({ length: 50 }, (_, index) =>
      index % 5 === 0
        ? browser.call('POST', '/v1/me/mfa/disable', { code })
        : post('/v1/auth/mfa', { challenge: challenges[index % 5], code }),
    )
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 403)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(45)
    const waiting = await post('/v1/auth/mfa', { challenge: challenges[1], code: await codeOf(secret, 1) })
    expect([waiting.status, Number(waiting.headers.get('retry-after')) > 0]).toEqual([429, true])
  })
})

describe('The authentication methods in another issuer’s tokens', () => {
  it('5. satisfy required MFA by `amr` or the configured `acr`, and by nothing else', async () => {
    const admin = bearer(await stack.token('demands', 'operator', { scopes: 'admin' }))
    const updated = await fetch(`${stack.url}/v1/sign-in-rules`, {
      method: 'PUT',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify({ require_mfa: 'everyone' }),
    })
    expect(updated.status).toBe(200)
    const statusWith = async (claims: Record<string, unknown>) => statusOf(bearer(await issuerToken('frida', claims)), '/v1/sessions')
    await vi.waitFor(async () => expect(await statusWith({})).toBe(403), { timeout: 10_000 })
    for (const claims of [
      { amr: ['pwd'] },
      { amr: 'mfa' },
      { acr: 'urn:example:one' },
      { mfa: true },
      { acr: ['urn:example:two-factors'] },
    ])
      expect(await statusWith(claims), JSON.stringify(claims)).toBe(403)
    for (const claims of [{ amr: ['pwd', 'mfa'] }, { acr: 'urn:example:two-factors' }])
      expect(await statusWith(claims), JSON.stringify(claims)).toBe(200)
  })
})

describe('The secret of an authenticator, its recovery codes and challenges', () => {
  it('21. are shown once, and then are in no response, log, export, event or disk', async () => {
    const { browser, secret, recovery } = await enrol('acme', 'carla')
    const challenge = await challengeOf('acme', 'carla')
    const admin = bearer(await stack.token('acme', 'operator', { scopes: 'admin' }))
    for (const code of [await wrongCode(secret), recovery[9] ?? '', secret]) await post('/v1/auth/mfa', { challenge, code })
    await browser.call('POST', '/v1/me/mfa', { code: secret.repeat(3) })
    for (const path of ['/v1/me', '/v1/me/mfa', '/v1/me/sign-ins', '/v1/keys']) answers.push(await (await browser.call('GET', path)).text())
    for (const path of [
      '/v1/users',
      '/v1/users/carla',
      '/v1/audit',
      '/v1/audit/export',
      '/v1/settings',
      '/v1/settings/history',
      '/openapi.json',
    ])
      answers.push(await (await fetch(`${stack.url}${path}`, { headers: admin })).text())
    const bytes = Buffer.from(fromBase32(secret))
    const spellings = [
      secret,
      bytes.toString('base64').slice(0, 26),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      bytes.toString('latin1'),
    ]
    const secrets = [...spellings, ...recovery, ...recovery.map((code) => code.replaceAll('-', '')), challenge.slice(-43)]
    const leaks = (texts: readonly string[]) => secrets.filter((secret) => texts.some((text) => text.includes(secret)))
    expect(answers.join(), 'the searched texts mention MFA').toContain('account.mfa')
    expect(leaks(answers)).toEqual([])
    expect(leaks([stack.output()])).toEqual([])
    const disk = filesUnder(stack.state)
    expect(
      disk.some((text) => text.includes('soma-secret-1')),
      'the searched files contain the sealed secret',
    ).toBe(true)
    expect(leaks(disk)).toEqual([])
  })
})
