import { env } from 'cloudflare:workers'
import { importJWK, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { bearer, fetchPath } from '../browser.ts'
import { client, token } from '../client.ts'

const key = JSON.parse((env as unknown as { readonly TEST_SIGNING_KEY: string }).TEST_SIGNING_KEY)

/** A token of one of the trusted issuers. The second one always names the tenant `acme`. */
const issuerToken = async (issuer: 'https://idp.test' | 'https://strict.test', sub: string, org = 'acme') =>
  new SignJWT({ org })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
    .setIssuer(issuer)
    .setAudience('soma')
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime('10 m')
    .sign(await importJWK(key, 'ES256'))

const call = (text: string, path = '/v1/me', init: RequestInit = {}) =>
  fetchPath(path, { ...init, headers: { ...bearer(text), 'content-type': 'application/json' } })

describe('M7. A subject of another issuer', () => {
  it('is another user than the earlier subject of the same name', async () => {
    const alice = await issuerToken('https://idp.test', 'm7-alice')
    const sent = await call(alice, '/v1/sessions/message', { method: 'POST', body: '{"session_id":"m7-secret","message":"private"}' })
    expect(sent.status).toBe(200)
    const imitation = await issuerToken('https://strict.test', 'm7-alice')
    for (const path of ['/v1/me', '/v1/sessions', '/v1/sessions/m7-secret/events'])
      expect([path, (await call(imitation, path)).status]).toEqual([path, 401])
    expect((await call(alice)).status).toBe(200)
    expect((await call(await token('acme', 'm7-alice'))).status, 'a token of this deployment').toBe(200)
    expect((await call(await issuerToken('https://idp.test', 'm7-alice', 'globex'))).status, 'in another tenant').toBe(200)
  })

  it('is accepted after an admin has moved the subject to its issuer', async () => {
    expect((await call(await issuerToken('https://idp.test', 'm7-bob'))).status).toBe(200)
    const admin = await client('acme', 'operator', 'admin')
    const moved = await admin.call('PUT', '/v1/users/m7-bob', { role: 'member', issuer: 'https://strict.test' })
    expect([moved.status, await moved.json()]).toMatchObject([200, { issuer: 'https://strict.test' }])
    expect(await (await admin.call('GET', '/v1/users/m7-bob')).json()).toMatchObject({ issuer: 'https://strict.test' })
    expect((await call(await issuerToken('https://strict.test', 'm7-bob'))).status).toBe(200)
    await vi.waitFor(async () => expect((await call(await issuerToken('https://idp.test', 'm7-bob'))).status).toBe(401), {
      timeout: 10_000,
      interval: 100,
    })
    expect((await admin.call('PUT', '/v1/users/m7-bob', { role: 'member', issuer: null })).status).toBe(200)
    await vi.waitFor(async () => expect((await call(await issuerToken('https://idp.test', 'm7-bob'))).status).toBe(200), {
      timeout: 10_000,
      interval: 100,
    })
  })

  it('that an admin adds with its issuer is refused from another issuer', async () => {
    const admin = await client('acme', 'operator', 'admin')
    expect((await admin.call('PUT', '/v1/users/m7-carol', { role: 'admin', issuer: 'https://idp.test' })).status).toBe(200)
    expect((await call(await issuerToken('https://strict.test', 'm7-carol'))).status).toBe(401)
    expect(await (await call(await issuerToken('https://idp.test', 'm7-carol'))).json()).toMatchObject({ role: 'admin' })
  })
})
