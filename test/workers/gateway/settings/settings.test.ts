import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Limiter } from '../../../../durable-objects/limiter/limiter.ts'
import { budgetName, tenantAccount, unpricedAccount } from '../../../../shared/limits/budget.ts'
import { type Client, client } from '../client.ts'

const secret = 'sk-canary-0123456789abcdef-4f2a'
const remote = { provider: 'openai-compatible', base_url: 'https://api.example.com/v1', model: 'm', credential: 'example' }
let count = 0
/** A new tenant with an admin and a member. */
async function createTenant(): Promise<{ admin: Client; member: Client }> {
  const name = `settings-${++count}`
  return { admin: await client(name, 'ada', 'admin'), member: await client(name, 'bob') }
}
const body = async (response: Promise<Response>) => (await (await response).json()) as Record<string, unknown>

describe('Settings', () => {
  it('have defaults', async () => {
    const { member } = await createTenant()
    expect(await body(member.call('GET', '/v1/settings'))).toMatchObject({
      version: 0,
      credentials: [],
      settings: { chat: { profile: null, fallback: null }, models: {}, budgets: { currency: 'USD', tenant: { tokens_per_day: 0 } } },
    })
  })

  it('require an admin for every change', async () => {
    const { member } = await createTenant()
    for (const [method, path, sent] of [
      ['PUT', '/v1/settings', { version: 0, features: {} }],
      ['PUT', '/v1/settings/models/main', { profile: remote }],
      ['DELETE', '/v1/settings/models/main'],
      ['POST', '/v1/settings/models/main/test'],
      ['PUT', '/v1/llm/credentials/example', { secret }],
      ['POST', '/v1/llm/credentials', { provider: 'example', secret }],
      ['DELETE', '/v1/llm/credentials/example'],
      ['POST', '/v1/llm/credentials/example/fernet'],
      ['POST', '/v1/settings/data-key/rotate'],
    ] as const) {
      const response = await member.call(method, path, sent)
      expect([method, path, response.status]).toEqual([method, path, 403])
      expect(await response.json()).toMatchObject({ type: '/problems/denied', action: 'settings.update' })
    }
  })

  it('change by version: a conflict returns the current version', async () => {
    const { admin } = await createTenant()
    const change = { version: 0, features: { escalation: 'disabled' } }
    expect((await admin.call('PUT', '/v1/settings', change)).status).toBe(200)
    const staleUpdate = await admin.call('PUT', '/v1/settings', { version: 0, features: { escalation: 'on' } })
    expect(staleUpdate.status).toBe(409)
    expect(await staleUpdate.json()).toMatchObject({ type: '/problems/version_conflict', version: 1 })
    expect(await body(admin.call('GET', '/v1/settings'))).toMatchObject({ version: 1, settings: { features: { escalation: 'disabled' } } })
  })

  it('record each change with its subject and masked secrets, and skip empty changes', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/settings/models/main', { profile: remote })
    await admin.call('PUT', '/v1/settings/models/main', { profile: { ...remote, model: 'n' } })
    await admin.call('PUT', '/v1/settings/models/main', { profile: { ...remote, model: 'n' } })
    await admin.call('PUT', '/v1/llm/credentials/example', { secret })
    await admin.call('PUT', '/v1/llm/credentials/example', { secret: `${secret}-new1` })
    const history = await body(admin.call('GET', '/v1/settings/history'))
    expect(history.changes).toMatchObject([
      { version: 4, subject: 'ada', changes: [{ pointer: '/credentials/example/secret', before: 'sk-…4f2a', after: 'sk-…new1' }] },
      { version: 3 },
      { version: 2, changes: [{ pointer: '/models/main/model', before: 'm', after: 'n' }] },
      { version: 1, subject: 'ada' },
    ])
    expect(JSON.stringify(history)).not.toContain('canary')
  })

  it('refuse unknown fields and invalid values', async () => {
    const { admin } = await createTenant()
    for (const sent of [
      { version: 0, is_admin: true },
      { version: 0, role: 'owner', quota: 9, features: {} },
      { version: 0, features: { unknown_feature: 'on' } },
      { version: 0, budgets: { tenant: { tokens_per_day: -1 } } },
      { version: 0, chat: { profile: 'unknown' } },
      { version: 0, models: {} },
      { features: {} },
    ])
      expect([sent, (await admin.call('PUT', '/v1/settings', sent)).status]).toEqual([sent, 400])
    for (const profile of [
      { ...remote, role: 'owner' },
      { ...remote, kwargs: { api_key: secret } },
      { ...remote, kwargs: { stream: false } },
      { ...remote, model: undefined },
      { ...remote, base_url: 'http://169.254.169.254/v1' },
      { ...remote, base_url: 'https://10.0.0.1/v1' },
      { ...remote, base_url: 'https://user:pass@api.example.com' },
    ])
      expect([profile, (await admin.call('PUT', '/v1/settings/models/main', { profile })).status]).toEqual([profile, 400])
    expect(await body(admin.call('GET', '/v1/settings'))).toMatchObject({ version: 0 })
  })

  it('remove a profile with all references to it', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/settings/models/main', { profile: remote })
    await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main' } })
    expect((await admin.call('DELETE', '/v1/settings/models/main')).status).toBe(204)
    expect((await admin.call('DELETE', '/v1/settings/models/main')).status).toBe(404)
    expect(await body(admin.call('GET', '/v1/settings'))).toMatchObject({ version: 3, settings: { chat: { profile: null }, models: {} } })
  })
})

describe('Provider keys', () => {
  it('are shown masked only, and never returned by name', async () => {
    const { admin, member } = await createTenant()
    const put = await admin.call('PUT', '/v1/llm/credentials/openai', { secret })
    expect(put.status).toBe(200)
    expect(await put.json()).toMatchObject({ provider: 'openai', masked: 'sk-…4f2a', origin: 'https://api.openai.com', updated_by: 'ada' })
    for (const caller of [admin, member]) {
      const get = await caller.call('GET', '/v1/llm/credentials/openai')
      expect(get.status).toBe(403)
      expect(await get.json()).toMatchObject({ type: '/problems/never_shown' })
      const settings = JSON.stringify(await body(caller.call('GET', '/v1/settings')))
      expect(settings).toContain('sk-…4f2a')
      expect(settings).not.toContain('canary')
    }
  })

  it('are bound to the origin of their profile, or to a given one', async () => {
    const { admin } = await createTenant()
    expect((await admin.call('PUT', '/v1/llm/credentials/example', { secret })).status).toBe(400)
    await admin.call('PUT', '/v1/settings/models/main', { profile: remote })
    expect(await body(admin.call('PUT', '/v1/llm/credentials/example', { secret }))).toMatchObject({ origin: 'https://api.example.com' })
    const input = { secret, origin: 'https://eu.example.com/v1' }
    expect(await body(admin.call('PUT', '/v1/llm/credentials/example', input))).toMatchObject({ origin: 'https://eu.example.com' })
    expect((await admin.call('PUT', '/v1/llm/credentials/example', { secret, origin: 'https://192.168.1.1' })).status).toBe(400)
  })

  it('are imported and exported as Fernet tokens of the shared key', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/llm/credentials/openai', { secret })
    const { fernet } = await body(admin.call('POST', '/v1/llm/credentials/openai/fernet'))
    expect(fernet).toMatch(/^gAAAAA/)
    expect(await body(admin.call('PUT', '/v1/llm/credentials/groq', { fernet }))).toMatchObject({ masked: 'sk-…4f2a' })
    const forged = `${String(fernet).slice(0, -6)}AAAAA=`
    expect((await admin.call('PUT', '/v1/llm/credentials/groq', { fernet: forged })).status).toBe(400)
  })

  it('survive a rotation of the data key', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/llm/credentials/openai', { secret })
    const first = await body(admin.call('POST', '/v1/settings/data-key/rotate'))
    expect(first).toMatchObject({ resealed: 1, retired: [] })
    expect(await body(admin.call('POST', '/v1/settings/data-key/rotate'))).toMatchObject({ resealed: 1, retired: [expect.any(String)] })
    const { fernet } = await body(admin.call('POST', '/v1/llm/credentials/openai/fernet'))
    expect(await body(admin.call('PUT', '/v1/llm/credentials/groq', { fernet }))).toMatchObject({ masked: 'sk-…4f2a' })
  })

  it('can be removed', async () => {
    const { admin } = await createTenant()
    await admin.call('PUT', '/v1/llm/credentials/openai', { secret })
    expect((await admin.call('DELETE', '/v1/llm/credentials/openai')).status).toBe(204)
    expect((await admin.call('DELETE', '/v1/llm/credentials/openai')).status).toBe(404)
    expect((await admin.call('POST', '/v1/llm/credentials/openai/fernet')).status).toBe(404)
  })
})

describe('Limits', () => {
  it('allow exactly their number of 100 concurrent requests, and return the retry time', async () => {
    const { admin, member } = await createTenant()
    const rule = { kind: 'fixed_window', limit: 17, window_seconds: 3_600 }
    await admin.call('PUT', '/v1/settings', { version: 0, limits: { read: rule } })
    // A change applies within a second.
    await vi.waitFor(async () => expect((await admin.call('GET', '/v1/settings')).headers.get('ratelimit-limit')).toBe('17'), {
      timeout: 5_000,
      interval: 300,
    })
    const responses = await Promise.all(Array.from({ length: 100 }, () => member.call('GET', '/v1/settings')))
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(17)
    const refused = responses.find(({ status }) => status === 429)
    expect(await refused?.json()).toMatchObject({ type: '/problems/rate_limited' })
    expect(refused?.headers.get('ratelimit-limit')).toBe('17')
    expect(refused?.headers.get('ratelimit-remaining')).toBe('0')
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    // Classes and subjects have separate counters.
    expect((await member.call('POST', '/v1/sessions/message', { message: 'hi' })).status).toBe(200)
    expect((await admin.call('GET', '/v1/settings')).status).toBe(200)
  })
})

describe('Budgets', () => {
  it('report the limits and the usage of today', async () => {
    const { admin, member } = await createTenant()
    const budgets = { tenant: { tokens_per_day: 5_000, money_per_day: 1.5 }, personas: { ada: { tokens_per_day: 100 } } }
    await admin.call('PUT', '/v1/settings', { version: 0, budgets })
    expect(await body(member.call('GET', '/v1/budgets'))).toMatchObject({
      currency: 'USD',
      tenant: { tokens: { limit: 5_000, used: 0, reserved: 0 }, money: { limit: 1.5, used: 0, reserved: 0 } },
      personas: [{ persona_id: 'ada', tokens: { limit: 100 } }],
      history: [],
    })
  })

  it('report the use of models without a price, and name them', async () => {
    const { admin, member } = await createTenant()
    const tenant = `settings-${count}`
    const open = { provider: 'openai-compatible', base_url: remote.base_url, model: remote.model }
    const profiles = { free: { provider: 'builtin' }, priced: { ...open, price: { input_per_million: 1 } }, unpriced: open }
    for (const [name, profile] of Object.entries(profiles))
      expect((await admin.call('PUT', `/v1/settings/models/${name}`, { profile })).status, name).toBe(200)
    const limiters = (env as unknown as GatewayEnv).LIMITER as unknown as DurableObjectNamespace<Limiter>
    await limiters.getByName(budgetName(tenant)).record([tenantAccount, unpricedAccount], { tokens: 47, micros: 2_000 })
    expect(await body(member.call('GET', '/v1/budgets'))).toMatchObject({
      tenant: { tokens: { used: 47 }, money: { used: 0.002 } },
      unpriced: { tokens: 47, money: 0.002, models: ['unpriced'] },
      personas: [],
    })
  })
})
