/** M5: `/ready` reports whether requests can be served, and repeated requests cost one check. */
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Accounts } from '../../../../durable-objects/accounts/accounts.ts'
import { Home } from '../../../../durable-objects/session-list/session-list.ts'
import { Tenant } from '../../../../durable-objects/tenant/tenant.ts'
import type { Readiness } from '../../../../shared/api/health.ts'
import { auditAlarmsName } from '../../../../shared/ids.ts'
import { readiness } from '../../../../workers/gateway/operations/readiness.ts'

const gateway = env as unknown as GatewayEnv
let now = Date.now()

// The first call loads the objects' code, which may take longer than the budget of a check.
beforeAll(async () => {
  await exports.default.fetch(new Request('https://soma.test/live'))
  await gateway.HOME.getByName('warm/up').list(1, null)
  await gateway.ACCOUNTS.getByName('warm').roleOf('up')
  await gateway.TENANT.getByName('warm').stampsInForce()
  await gateway.DIRECTORY.getByName('/warm').names('', 1)
}, 60_000)
beforeEach(() => {
  // No test gets the cached answer of an earlier one.
  now += 1_000_000
  vi.spyOn(Date, 'now').mockImplementation(() => now)
})
afterEach(() => void vi.restoreAllMocks())

const stateOf = (settings: Partial<GatewayEnv> = {}): Promise<Readiness> => readiness({ ...gateway, ...settings })
const dependencyOf = (state: Readiness, name: string) => state.dependencies.find((dependency) => dependency.name === name)
const closedPort = 'http://127.0.0.1:9'

describe('/ready', () => {
  it('names what a request needs', async () => {
    // On a busy machine the first start of an object may take longer than the budget of a check.
    await vi.waitFor(
      async () => {
        now += 1_001
        const { dependencies } = await stateOf()
        expect(dependencies.filter(({ required }) => required).map(({ name, ok }) => [name, ok])).toEqual([
          ['objects', true],
          ['accounts', true],
          ['policy', true],
        ])
        expect(dependencyOf({ status: 'ok', dependencies }, 'audit')).toMatchObject({ ok: true, required: false })
      },
      { timeout: 10_000, interval: 50 },
    )
  })

  it('is down while OPA is unavailable, because everything is denied', async () => {
    const state = await stateOf({ OPA_URL: closedPort })
    expect([state.status, dependencyOf(state, 'opa')]).toMatchObject([
      'down',
      { ok: false, required: true, detail: expect.stringContaining('denied') },
    ])
  })

  it('counts the endpoints of tenants that are not called, which degrade nothing', async () => {
    const withBreakers = (open_breakers?: number) => ({
      MODEL_DESK: { ready: async () => ({ tools: true, model: null, open_breakers }) } as unknown as GatewayEnv['MODEL_DESK'],
    })
    expect(dependencyOf(await stateOf(withBreakers(2)), 'model_endpoints')).toMatchObject({
      ok: true,
      required: false,
      detail: expect.stringMatching(/: 2\.$/),
    })
    // None is open, or the conversation Worker is of an earlier release.
    for (const open of [0, undefined]) {
      now += 1_001
      expect(dependencyOf(await stateOf(withBreakers(open)), 'model_endpoints')).toBeUndefined()
    }
  })

  const issuer = { issuer: 'https://idp.example', audience: 'soma', jwks_uri: 'https://idp.example/keys' }
  const provider = {
    SOMA_OIDC_ISSUER: 'https://idp.example',
    SOMA_OIDC_CLIENT_ID: 'soma',
    SOMA_OIDC_TENANT: '',
    SOMA_OIDC_TENANT_CLAIM: 'org',
  }
  const trusted = (entry: object) => ({ SOMA_TRUSTED_ISSUERS: JSON.stringify([entry]) })

  it.each([
    ['an issuer that names its tenants without a list', trusted({ ...issuer, tenant_claim: 'org' }), /^SOMA_TRUSTED_ISSUERS: .*`tenants`/],
    ['an issuer with an unknown field', trusted({ ...issuer, tenant: 'acme', typo: 1 }), /^SOMA_TRUSTED_ISSUERS: /],
    ['issuers that are not JSON', { SOMA_TRUSTED_ISSUERS: '[{' }, /^SOMA_TRUSTED_ISSUERS must be JSON/],
    ['a provider that names its tenants without a list', provider, /SOMA_OIDC_TENANTS/],
    ['a provider without a tenant', { ...provider, SOMA_OIDC_TENANT_CLAIM: '' }, /SOMA_OIDC_TENANT/],
    ['a provider with a list of wrong names', { ...provider, SOMA_OIDC_TENANTS: 'acme *' }, /^SOMA_OIDC_ISSUER: tenants/],
  ])('M7. is down with %s, and says why', async (_, variables, reason) => {
    const state = await stateOf(variables)
    expect([state.status, dependencyOf(state, 'identity')]).toMatchObject([
      'down',
      { ok: false, required: true, detail: expect.stringMatching(reason) },
    ])
  })

  it.each([
    ['a list', trusted({ ...issuer, tenant_claim: 'org', tenants: ['acme'] })],
    ['any tenant', trusted({ ...issuer, tenant_claim: 'org', tenants: '*' })],
    ['one tenant', trusted({ ...issuer, tenant: 'acme' })],
    ['a provider with a list', { ...provider, SOMA_OIDC_TENANTS: 'acme, globex' }],
    ['a provider with any tenant', { ...provider, SOMA_OIDC_TENANTS: '*' }],
    ['a provider with one tenant', { ...provider, SOMA_OIDC_TENANT_CLAIM: '', SOMA_OIDC_TENANT: 'acme' }],
  ])('M7. does not mention issuers with %s', async (_, variables) => {
    expect(dependencyOf(await stateOf(variables), 'identity')).toBeUndefined()
  })

  it('is down while the accounts are unavailable', async () => {
    vi.spyOn(Accounts.prototype, 'roleOf').mockImplementation(() => {
      throw new Error('away')
    })
    const response = await exports.default.fetch(new Request('https://soma.test/ready'))
    expect([response.status, await response.json()]).toMatchObject([503, { status: 'down' }])
  })

  it('is degraded while Redis is unavailable, and while an audit trail is nearly full', async () => {
    const alarms = gateway.DIRECTORY.getByName(auditAlarmsName)
    await alarms.enter('acme')
    const state = await stateOf({ UPSTASH_REDIS_REST_URL: closedPort })
    await alarms.leave('acme')
    expect(state.status).toBe('degraded')
    expect([dependencyOf(state, 'redis'), dependencyOf(state, 'audit')]).toMatchObject([
      { ok: false, required: false },
      { ok: false, detail: 'Audit trails that have used 80 % of their storage: 1.' },
    ])
    expect(JSON.stringify(state)).not.toContain('acme')
  })

  const deskThat = (ready: () => Promise<unknown>) => ({ MODEL_DESK: { ready } as unknown as GatewayEnv['MODEL_DESK'] })

  it.each([
    ['the tools', { tools: false, model: true }, 'tools', 'The tools do not respond.'],
    ['the model endpoint', { tools: true, model: false }, 'model', 'The model endpoint does not answer.'],
  ])('is degraded while %s cannot be reached, and names only that', async (_, ready, name, detail) => {
    const state = await stateOf(deskThat(async () => ready))
    expect([state.status, dependencyOf(state, name)]).toMatchObject(['degraded', { ok: false, required: false, detail }])
    expect(dependencyOf(state, name === 'tools' ? 'model' : 'tools')).toMatchObject({ ok: true })
  })

  it('is degraded while the conversation Worker is away, or silent', async () => {
    for (const ready of [() => Promise.reject(new Error('away')), () => new Promise<never>(() => {})]) {
      now += 1_001
      const state = await stateOf(deskThat(ready))
      expect(state.status).toBe('degraded')
      for (const name of ['tools', 'model']) expect(dependencyOf(state, name)).toMatchObject({ ok: false, required: false })
    }
  })

  it('does not mention a model endpoint that is not configured', async () => {
    expect(dependencyOf(await stateOf(deskThat(async () => ({ tools: true, model: null }))), 'model')).toBeUndefined()
  })

  it('is degraded while OpenFGA does not respond, and does not mention it if it is not configured', async () => {
    expect(dependencyOf(await stateOf(), 'openfga')).toBeUndefined()
    vi.spyOn(Tenant.prototype, 'openFgaIsReady').mockResolvedValue(false)
    now += 1_001
    const state = await stateOf()
    expect([state.status, dependencyOf(state, 'openfga')]).toMatchObject([
      'degraded',
      { ok: false, required: false, detail: 'OpenFGA does not respond. Nothing is shared.' },
    ])
  })

  it('H1: names the policy sandbox while it is missing or does not respond', async () => {
    await vi.waitFor(
      async () => {
        now += 1_001
        expect(dependencyOf(await stateOf(), 'sandbox')).toMatchObject({ ok: true, required: false })
      },
      { timeout: 10_000, interval: 50 },
    )
    now += 1_001
    const missingBindings = await stateOf({ SANDBOX: undefined as unknown as GatewayEnv['SANDBOX'] })
    expect(missingBindings.status).not.toBe('ok')
    expect(dependencyOf(missingBindings, 'sandbox')).toMatchObject({
      ok: false,
      required: false,
      detail: 'The policy sandbox is not bound. Policies cannot be tried or replaced.',
    })
    now += 1_001
    const broken = { ready: () => Promise.reject(new Error('away')) } as unknown as GatewayEnv['SANDBOX']
    expect(dependencyOf(await stateOf({ SANDBOX: broken }), 'sandbox')).toMatchObject({ ok: false, detail: 'unreachable' })
  })

  it('waits for no dependency longer than its budget, and checks them side by side', async () => {
    const never = () => new Promise<never>(() => {})
    vi.spyOn(Home.prototype, 'list').mockImplementation(never as never)
    vi.spyOn(Accounts.prototype, 'roleOf').mockImplementation(never as never)
    const state = await stateOf()
    expect([dependencyOf(state, 'objects'), dependencyOf(state, 'accounts')]).toMatchObject([
      { ok: false, detail: expect.stringContaining('no response within') },
      { ok: false, detail: expect.stringContaining('no response within') },
    ])
    expect(dependencyOf(state, 'policy')).toMatchObject({ ok: true })
  })

  it('checks once per second, for any number of requests', async () => {
    const list = vi.spyOn(Home.prototype, 'list')
    await Promise.all(Array.from({ length: 20 }, () => exports.default.fetch(new Request('https://soma.test/ready'))))
    await exports.default.fetch(new Request('https://soma.test/ready'))
    expect(list).toHaveBeenCalledTimes(1)
    now += 1_001
    await exports.default.fetch(new Request('https://soma.test/ready'))
    expect(list).toHaveBeenCalledTimes(2)
  })
})

describe('/live', () => {
  it.each(['/live', '/health', '/healthz', '/v1/health'])('%s uses no binding', async (path) => {
    const usedBindings: string[] = []
    const throwingBindings = Object.fromEntries(
      Object.entries(gateway).map(([name, value]) => [
        name,
        typeof value === 'object' && value !== null
          ? new Proxy(value, {
              get(_, key) {
                usedBindings.push(`${name}.${String(key)}`)
                return undefined
              },
            })
          : value,
      ]),
    )
    const { default: app } = await import('../../../../workers/gateway/worker.ts')
    const response = await app.fetch(
      new Request(`https://soma.test${path}`) as never,
      throwingBindings as never,
      {
        waitUntil() {},
        passThroughOnException() {},
      } as never,
    )
    expect([response.status, await response.json(), usedBindings]).toEqual([200, { status: 'ok' }, []])
  })
})
