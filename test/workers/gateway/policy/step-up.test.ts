import { describe, expect, it, vi } from 'vitest'
import { codeOf } from '../../../support/authenticator.ts'
import { bearer, enrolledUser, fetchPath, signedInBrowser } from '../browser.ts'
import { client } from '../client.ts'
import { bundle, signedPolicy } from './policies.ts'
import plan from './step-up/plan.json'

describe("A tenant's own policy", () => {
  it('can require a second factor for an action, and gives it as the reason', async () => {
    const before = await signedInBrowser('p1', 'ada')
    const { browser: ada, secret } = await enrolledUser('p1', 'ada')
    const admin = await client('p1', 'operator', 'admin')
    const principal = { id: 'ada', tenant: 'p1', roles: ['member'], scopes: [] }
    const request = { action: 'session.list', resource: { tenant: 'p1' }, context: {} }
    const tests = [
      { name: 'with', input: { principal: { ...principal, mfa: true }, ...request }, allow: true },
      { name: 'without', input: { principal: { ...principal, mfa: false }, ...request }, allow: false },
      { name: 'unsaid', input: { principal, ...request }, allow: false },
    ]
    expect((await admin.call('PUT', '/v1/policy', await signedPolicy(bundle(1, { plan, tests })))).status).toBe(200)
    await vi.waitFor(async () => expect((await before.call('GET', '/v1/sessions')).status).toBe(403), { timeout: 10_000, interval: 50 })
    expect(await (await before.call('GET', '/v1/sessions')).json()).toMatchObject({
      type: '/problems/denied',
      reasons: ['second_factor'],
      detail: expect.stringContaining('a sign-in with a second factor is required'),
    })
    expect((await ada.call('GET', '/v1/sessions')).status).toBe(200)
    // An API key has no second factor. Other actions need none.
    const { key } = (await (await ada.call('POST', '/v1/keys', { name: 'k' })).json()) as { key: string }
    expect((await fetchPath('/v1/sessions', { headers: bearer(key) })).status).toBe(403)
    expect((await before.call('GET', '/v1/keys')).status).toBe(200)
    // Verification applies to the same sign-in.
    expect((await before.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret, 1) })).status).toBe(200)
    expect((await before.call('GET', '/v1/sessions')).status).toBe(200)
    await vi.waitFor(async () => {
      const trail = await (await admin.call('GET', '/v1/audit?subject=ada&outcome=denied')).json()
      expect(trail).toMatchObject({ entries: expect.arrayContaining([expect.objectContaining({ action: 'session.list' })]) })
    })
  })
})
