import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import committed from '../../../../policy/plan.json'
import { client } from '../client.ts'
import { bundle, planWithout, signedPolicy, tests } from './policies.ts'

const admin = (tenant: string) => client(tenant, 'ada', 'admin')

describe('An uploaded policy', () => {
  it('applies within two seconds, only to its tenant', async () => {
    const { call } = await admin('t1')
    const bob = await client('t1', 'bob')
    expect(await (await call('GET', '/v1/policy')).json()).toMatchObject({ source: 'built_in', revision: 0, takes: true })
    expect((await bob.call('GET', '/v1/sessions')).status).toBe(200)
    const uploaded = await call('PUT', '/v1/policy', await signedPolicy(bundle(7, { plan: planWithout('session.list') })))
    expect(uploaded.status).toBe(200)
    const { hash } = (await uploaded.json()) as { hash: string }
    await vi.waitFor(async () => expect((await bob.call('GET', '/v1/sessions')).status).toBe(403), { timeout: 2_000, interval: 50 })
    expect(await (await call('GET', '/v1/policy')).json()).toMatchObject({ source: 'tenant', revision: 7, hash, subject: 'ada' })
    expect((await (await client('t2', 'bob')).call('GET', '/v1/sessions')).status).toBe(200)
    await vi.waitFor(async () => {
      const page = await call('GET', '/v1/audit?subject=bob&outcome=denied')
      expect(await page.json()).toMatchObject({ entries: [{ action: 'session.list', policy: { revision: 7, hash } }] })
    })
    const changes = await call('GET', '/v1/audit?kind=change')
    expect(await changes.json()).toMatchObject({
      entries: [{ action: 'admin.policy.update', outcome: 'done', detail: { revision: 7, hash } }],
    })
  })

  it('requires an admin', async () => {
    const { call } = await client('t3', 'bob')
    expect((await call('PUT', '/v1/policy', await signedPolicy(bundle(1)))).status).toBe(403)
    expect((await call('GET', '/v1/policy')).status).toBe(403)
  })

  it('must have a higher revision', async () => {
    const { call } = await admin('t4')
    expect((await call('PUT', '/v1/policy', await signedPolicy(bundle(3)))).status).toBe(200)
    for (const revision of [3, 2, 1]) {
      const refused = await call('PUT', '/v1/policy', await signedPolicy(bundle(revision)))
      expect([refused.status, await refused.json()]).toMatchObject([409, { type: '/problems/policy_refused' }])
    }
    expect((await call('PUT', '/v1/policy', await signedPolicy(bundle(4)))).status).toBe(200)
  })

  it('is refused if it locks out its uploader', async () => {
    const { call } = await admin('t5')
    const refused = await call('PUT', '/v1/policy', await signedPolicy(bundle(1, { plan: planWithout('admin.policy.update') })))
    expect([refused.status, await refused.json()]).toMatchObject([422, { detail: expect.stringContaining('lockout') }])
    expect(await (await call('GET', '/v1/policy')).json()).toMatchObject({ revision: 0 })
  })

  it('does not apply to platform actions', async () => {
    const operator = await client('t6', 'olga', 'admin:backup admin')
    expect((await operator.call('PUT', '/v1/policy', await signedPolicy(bundle(1, { plan: planWithout('platform.read') })))).status).toBe(
      200,
    )
    await new Promise((done) => setTimeout(done, 1_100))
    expect((await operator.call('GET', '/v1/admin/tenants')).status).toBe(200)
  })
})

describe('A stored policy that this code cannot load', () => {
  it('denies everything except the upload of another policy by an admin', async () => {
    const ada = await admin('t7')
    const bob = await client('t7', 'bob')
    expect((await bob.call('GET', '/v1/sessions')).status).toBe(200)
    const tenants = (env as unknown as GatewayEnv).TENANT
    expect(await tenants.getByName('t7').putPolicy({ revision: 3, hash: 'of newer code' }, '{"revision": 3, "plan": "newer"}', 'ada')).toBe(
      true,
    )
    await vi.waitFor(async () => expect((await bob.call('GET', '/v1/sessions')).status).toBe(403), { timeout: 2_000, interval: 50 })
    for (const path of ['/v1/sessions', '/v1/users', '/v1/settings', '/v1/audit'])
      expect(await (await ada.call('GET', path)).json(), path).toMatchObject({ reasons: ['unavailable'] })
    expect(await (await ada.call('GET', '/v1/policy')).json()).toMatchObject({
      source: 'tenant',
      revision: 3,
      usable: false,
      entry_points: [],
    })
    for (const path of ['/v1/policy/explain', '/v1/data/soma/policy/allow'])
      expect((await ada.call('POST', path, { input: readInput })).status, path).toBe(503)
    expect((await bob.call('PUT', '/v1/policy', await signedPolicy(bundle(4)))).status).toBe(403)
    expect((await ada.call('PUT', '/v1/policy', await signedPolicy(bundle(3)))).status).toBe(409)
    expect((await ada.call('PUT', '/v1/policy', await signedPolicy(bundle(4)))).status).toBe(200)
    await vi.waitFor(async () => expect((await bob.call('GET', '/v1/sessions')).status).toBe(200), { timeout: 2_000, interval: 50 })
  })
})

const readInput = {
  principal: { id: 'ada', tenant: 'acme', roles: ['member'], scopes: [] },
  action: 'session.read',
  resource: { tenant: 'acme', owner: 'bob' },
  context: {},
}

describe('A policy query', () => {
  it("has the format of OPA's Data API", async () => {
    const { call } = await admin('acme')
    const query = async (rule: string, input: unknown) => (await call('POST', `/v1/data/soma/policy/${rule}`, { input })).json()
    expect(await query('allow', readInput)).toMatchObject({ result: false })
    expect(await query('allow', { ...readInput, resource: { tenant: 'acme', owner: 'ada' } })).toMatchObject({ result: true })
    expect(await query('reasons', readInput)).toMatchObject({ result: ['not_permitted'] })
    expect(await query('allow', null)).toMatchObject({ result: false })
  })

  it('is explained by the deciding rules, their inputs, and the changes that reverse the decision', async () => {
    const { call } = await admin('acme')
    const explanation = (await (await call('POST', '/v1/policy/explain', { input: readInput })).json()) as {
      allowed: boolean
      rules: { rule: string }[]
      inputs: { pointer: string }[]
      changes: { pointer: string; to?: unknown; answer: unknown }[]
    }
    expect(explanation).toMatchObject({ allowed: false, reasons: ['not_permitted'] })
    expect(explanation.rules.length).toBeGreaterThan(0)
    expect(explanation.inputs.map(({ pointer }) => pointer)).toContain('/resource/owner')
    expect(explanation.changes).toContainEqual(expect.objectContaining({ pointer: '/resource/owner', to: 'ada', answer: true }))
  })

  it('replays recorded decisions with a candidate, and lists the differences', async () => {
    const { call } = await admin('t8')
    const bob = await client('t8', 'bob')
    await bob.call('GET', '/v1/sessions')
    await bob.call('GET', '/v1/settings-that-are-not')
    await vi.waitFor(async () => {
      const page = (await (await call('GET', '/v1/audit?action=session.list')).json()) as { entries: unknown[] }
      expect(page.entries).toHaveLength(1)
    })
    const report = await call('POST', '/v1/policy/what-if', { plan: planWithout('session.list') })
    expect(await report.json()).toMatchObject({
      opened: 0,
      closed: 1,
      differences: [{ subject: 'bob', action: 'session.list', was: true, would: false }],
      next_before: null,
    })
    expect(await (await call('POST', '/v1/policy/what-if', { plan: committed })).json()).toMatchObject({ closed: 0, differences: [] })
    expect((await call('POST', '/v1/policy/what-if', { plan: { nothing: 1 } })).status).toBe(422)
  })
})

describe('A bundle', () => {
  it('must contain tests, and pass them', async () => {
    const { call } = await admin('t9')
    const wrong = [[{ ...tests[0] }, { ...tests[0] }], [...tests, { name: 'a user without access', input: readInput, allow: true }], []]
    for (const input of wrong) expect((await call('PUT', '/v1/policy', await signedPolicy(bundle(1, { tests: input })))).status).toBe(422)
    expect((await call('PUT', '/v1/policy', await signedPolicy(bundle(1)))).status).toBe(200)
  })
})
