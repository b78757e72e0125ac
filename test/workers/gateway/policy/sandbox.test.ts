/** H1: untrusted policies are evaluated in the sandbox. Their cost is limited there. Without the sandbox their routes give 503. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { limits } from '../../../../shared/api/limits.ts'
import { closeNetwork } from '../../../../shared/lib/close-network.ts'
import { callMs } from '../../../../workers/gateway/policy/sandbox.ts'
import gateway from '../../../../workers/gateway/worker.ts'
import { at, policyOf, sharedArray } from '../../../shared/rego/plan-builder.ts'
import { type Client, client, token } from '../client.ts'
import { bundle, signedPolicy } from './policies.ts'

const expensive: Record<string, { plan: unknown; data?: object }> = {
  'compares 2^48 members': { plan: policyOf((p) => [...sharedArray(p, 5), ...sharedArray(p, 6), p.equal(at(5), at(6))]) },
  'writes 2^48 members': { plan: policyOf((p) => [...sharedArray(p, 5), p.call('json.marshal', [at(5)], 7)]) },
  'validates a long text 400 times': {
    plan: policyOf((p) => [p.dot(at(1), 'x', 5), ...Array.from({ length: 400 }, () => p.call('base64.is_valid', [at(5)], 7))]),
    data: { x: 'QUJD'.repeat(75_000) },
  },
}
const outOfFuel = expect.stringContaining('ran out of fuel')

/** Waits until the trail has a decision, which what-if replays. */
const untilRecorded = (ada: Client) =>
  vi.waitFor(async () => {
    const page = (await (await ada.call('GET', '/v1/audit?kind=decision')).json()) as { entries: unknown[] }
    expect(page.entries.length).toBeGreaterThan(0)
  })

describe('H1: a policy of few bytes and much work', () => {
  for (const [name, { plan, data }] of Object.entries(expensive))
    it(`that ${name} runs out of fuel, and other tenants get answers`, async () => {
      const ada = await client('h1', 'ada', 'admin')
      const bob = await client('h1-other', 'bob')
      await untilRecorded(ada)
      const tests = Array.from({ length: 20 }, (_, n) => ({ input: { n }, allow: n > 0 }))
      const upload = await signedPolicy(JSON.stringify({ revision: 1, plan, data, tests }))
      const trials = Promise.all([ada.call('POST', '/v1/policy/what-if', { plan, data }), ada.call('PUT', '/v1/policy', upload)])
      for (let request = 0; request < 5; request++) expect((await bob.call('GET', '/v1/me')).status).toBe(200)
      const [whatIf, put] = await trials
      expect([whatIf.status, await whatIf.json()]).toMatchObject([200, { opened: 0, failure: outOfFuel }])
      expect([put.status, await put.json()]).toMatchObject([422, { type: '/problems/policy_refused', detail: outOfFuel }])
      expect(await (await ada.call('GET', '/v1/policy')).json()).toMatchObject({ source: 'built_in', revision: 0 })
    })

  it('or a constitution with costly patterns runs out of fuel, too', async () => {
    const ada = await client('h1', 'ada', 'admin')
    const bob = await client('h1-other', 'bob')
    const letters = Array.from({ length: 400 }, (_, n) => String.fromCodePoint(0x400 + 2 * n)).join('')
    const rule = { kind: 'texts', article: '1', says: 'No.', in: ['message'], patterns: Array(5).fill(`(?i)[${letters}]{100}$`) }
    const input = { action: 'conversation.send', principal: {}, resource: {}, context: { text: 'д'.repeat(4_000) } }
    const constitution = { name: 'Costly', version: 1, principles: [], rules: [rule], tests: Array(10).fill({ input, allow: true }) }
    const validated = ada.call('POST', '/v1/constitution/validate', { constitution })
    for (let request = 0; request < 5; request++) expect((await bob.call('GET', '/v1/me')).status).toBe(200)
    expect(await (await validated).json()).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([{ pointer: '/tests/0', detail: outOfFuel }]),
    })
  })

  it('or a deeply nested one gets a response', async () => {
    const { call } = await client('h1', 'ada', 'admin')
    // The body is text, because not every engine can serialize the value.
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const send = async (path: string, body: string) => (await dispatch(env as unknown as GatewayEnv, 'h1', 'POST', path, body)).status
    expect(await send('/v1/policy/what-if', `{"plan": ${deep}}`)).toBe(422)
    expect([200, 400]).toContain(await send('/v1/policy/explain', `{"input": ${deep}}`))
    expect(await send('/v1/constitution/validate', `{"constitution": ${deep}}`)).toBe(200)
    expect((await call('GET', '/v1/me')).status).toBe(200)
  })
})

/** A request of an admin of `tenant`, to a gateway with these bindings. */
async function dispatch(bindings: GatewayEnv, tenant: string, method: string, path: string, body?: string): Promise<Response> {
  const headers = { authorization: `Bearer ${await token(tenant, 'ada', 'admin')}`, 'content-type': 'application/json' }
  const request = new Request(`https://soma.test${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  return gateway.fetch(request, bindings, createExecutionContext())
}

const stop = async () => {
  throw new Error('Worker exceeded CPU time limit.')
}
const methods = ['ready', 'examinePolicy', 'examineConstitution', 'replay', 'explain']
const everyMethod = (method: () => Promise<unknown>) => Object.fromEntries(methods.map((name) => [name, method]))
const faulty: Record<string, unknown> = {
  'is not bound': undefined,
  'stops, or exceeds its CPU limit': everyMethod(stop),
  'stops after it loaded a policy': {
    ...everyMethod(stop),
    replay: async () => ({ ok: true, value: { decide: stop, [Symbol.dispose]: () => {} } }),
  },
  'returns invalid values': everyMethod(async () => ({ ok: true, value: 7, wellFormed: 'yes' })),
}

describe('H1: a gateway with a sandbox that', () => {
  for (const [name, sandbox] of Object.entries(faulty))
    it(`${name} gives 503 for every trial, and serves everything else`, async () => {
      const tenant = `h1-${Object.keys(faulty).indexOf(name)}`
      const bindings = { ...(env as unknown as GatewayEnv), SANDBOX: sandbox as GatewayEnv['SANDBOX'] }
      const ask = (method: string, path: string, body?: unknown) =>
        dispatch(bindings, tenant, method, path, body === undefined ? undefined : JSON.stringify(body))
      await untilRecorded(await client(tenant, 'ada', 'admin'))
      const upload = await signedPolicy(bundle(1))
      const constitution = { name: 'Ours', version: 1, principles: [], rules: [], tests: [] }
      const { plan } = JSON.parse(bundle(1))
      for (const [method, path, body] of [
        ['PUT', '/v1/policy', upload],
        ['POST', '/v1/policy/what-if', { plan }],
        ['POST', '/v1/policy/explain', { input: {} }],
        ['POST', '/v1/constitution/validate', { constitution }],
        ['POST', '/v1/constitution/validate', { constitution, what_if: {} }],
      ] as const) {
        const refused = await ask(method, path, body)
        expect([path, refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
          path,
          503,
          '5',
          { type: '/problems/unavailable', detail: 'The policy sandbox cannot be reached. Retry later.' },
        ])
      }
      for (const [method, path, body] of [
        ['GET', '/v1/me'],
        ['GET', '/v1/sessions'],
        ['POST', '/v1/data/soma/policy/allow', { input: {} }],
      ] as const)
        expect([path, (await ask(method, path, body)).status]).toEqual([path, 200])
      expect(await (await ask('GET', '/v1/policy')).json()).toMatchObject({ source: 'built_in', revision: 0, usable: true })
      // The same upload is accepted once the sandbox is back.
      const again = await (await client(tenant, 'ada', 'admin')).call('PUT', '/v1/policy', upload)
      expect(again.status).toBe(200)
    })
})

describe('H1: a sandbox that does not respond', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const constitution = { name: 'Ours', version: 1, principles: [], rules: [], tests: [] }
  const { plan } = JSON.parse(bundle(1))
  const hang = () => new Promise<never>(() => {})
  const loadingSandbox = { replay: async () => ({ ok: true, value: { decide: hang, [Symbol.dispose]: () => {} } }) }
  const silentSandboxes: Record<string, readonly [path: string, body: object, sandbox: object]> = {
    'loads a policy': ['/v1/policy/what-if', { plan }, everyMethod(hang)],
    'decides by a policy': ['/v1/policy/what-if', { plan }, { ...everyMethod(hang), ...loadingSandbox }],
    'explains a decision': ['/v1/policy/explain', { input: {} }, everyMethod(hang)],
    'examines a constitution': ['/v1/constitution/validate', { constitution }, everyMethod(hang)],
  }
  for (const [name, [path, body, sandbox]] of Object.entries(silentSandboxes))
    it(`when it ${name} times out at the deadline, with 503`, async () => {
      const tenant = `h1-never-${Object.keys(silentSandboxes).indexOf(name)}`
      await untilRecorded(await client(tenant, 'ada', 'admin'))
      // Only the deadline is short. The objects share this clock.
      const { setTimeout } = globalThis
      vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) =>
        setTimeout(run, ms === callMs ? 1 : ms)) as never)
      const bindings = { ...(env as unknown as GatewayEnv), SANDBOX: sandbox as GatewayEnv['SANDBOX'] }
      const refused = await dispatch(bindings, tenant, 'POST', path, JSON.stringify(body))
      expect([refused.status, await refused.json()]).toMatchObject([
        503,
        { type: '/problems/unavailable', detail: 'The policy sandbox cannot be reached. Retry later.' },
      ])
    })
})

describe('H1: a tenant', () => {
  const requests = async (): Promise<[string, string, object][]> => {
    const constitution = { name: 'Ours', version: 1, principles: [], rules: [], tests: [] }
    const { plan } = JSON.parse(bundle(1))
    return [
      ['PUT', '/v1/policy', await signedPolicy(bundle(1))],
      ['POST', '/v1/policy/what-if', { plan }],
      ['POST', '/v1/policy/explain', { input: {} }],
      ['POST', '/v1/constitution/validate', { constitution }],
      ['POST', '/v1/constitution/load', { constitution, signature: 'a.b.c' }],
      ['POST', '/constitution/load', { constitution, signature: 'a.b.c' }],
    ]
  }

  it('tries four policies at a time, over all routes', async () => {
    const allWaiting = Promise.withResolvers<void>()
    let waiting = 0
    const answer = Promise.withResolvers<boolean>()
    const wait = async () => {
      waiting++
      if (waiting === limits.tenantTrials) allWaiting.resolve()
      await answer.promise
      return stop()
    }
    const bindings = { ...(env as unknown as GatewayEnv), SANDBOX: everyMethod(wait) as unknown as GatewayEnv['SANDBOX'] }
    const { plan } = JSON.parse(bundle(1))
    const whatIf = (tenant: string) => dispatch(bindings, tenant, 'POST', '/v1/policy/what-if', JSON.stringify({ plan }))
    const trials = Promise.all(Array.from({ length: limits.tenantTrials }, () => whatIf('h1-many')))
    await allWaiting.promise
    for (const [method, path, body] of await requests()) {
      const refused = await dispatch(bindings, 'h1-many', method, path, JSON.stringify(body))
      expect([path, refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
        path,
        429,
        '2',
        { type: '/problems/too_many_trials' },
      ])
    }
    const other = whatIf('h1-few')
    answer.resolve(true)
    expect((await trials).map(({ status }) => status)).toEqual(Array(limits.tenantTrials).fill(503))
    expect((await other).status).toBe(503)
    // Each slot is free again.
    for (const [method, path, body] of await requests())
      expect((await dispatch(bindings, 'h1-many', method, path, JSON.stringify(body))).status).not.toBe(429)
  })
})

describe('H1: the sandbox', () => {
  it('cannot reach the network', () => {
    const scope: Record<string, unknown> = { fetch: () => 'open', WebSocket: class {}, EventSource: class {}, JSON }
    closeNetwork(scope)
    for (const name of ['fetch', 'WebSocket', 'EventSource']) expect(() => (scope[name] as () => unknown)()).toThrow(name)
    expect(scope.JSON).toBe(JSON)
  })
})
