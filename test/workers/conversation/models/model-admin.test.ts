import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { Tenant } from '../../../../durable-objects/tenant/tenant.ts'
import { remoteProviders } from '../../../../shared/model/providers.ts'
import type {} from '../provided.ts'
import { ModelDesk, Vault } from '../worker.ts'
import { addressOf, modelName } from './dialects/service-client.ts'

const conversation = env as unknown as ConversationEnv
const tenants = conversation.TENANT as unknown as DurableObjectNamespace<Tenant>
const origin = inject('providerUrl')
const secret = 'sk-canary-0123456789'

/** The result of the test button for a profile with the provider case `name`. */
async function probe(name: string) {
  const tenant = `admin-${name.toLowerCase()}`
  const credential = { provider: 'p', origin, secret: { plain: secret }, subject: 'ada' }
  expect(await new Vault(createExecutionContext(), conversation).put(tenant, credential)).toMatchObject({ ok: true })
  const profile = { provider: 'openai-compatible', base_url: `${origin}/${name}/v1`, model: tenant, credential: 'p' } as const
  await tenants.getByName(tenant).change({ kind: 'profile', name: 'main', profile }, 'ada')
  return new ModelDesk(createExecutionContext(), conversation).tryProfile(tenant, 'main')
}

describe.each(remoteProviders)('The test of a profile of %s', (provider) => {
  it('answers with the key of its credential, and lists the models of the endpoint', async () => {
    const tenant = `models-${provider}`
    const credential = { provider: 'p', origin: inject('servicesUrl'), secret: { plain: secret }, subject: 'ada' }
    expect(await new Vault(createExecutionContext(), conversation).put(tenant, credential)).toMatchObject({ ok: true })
    const profile = { provider, base_url: addressOf(provider), model: modelName(provider), credential: 'p' } as const
    await tenants.getByName(tenant).change({ kind: 'profile', name: 'main', profile }, 'ada')
    const result = await new ModelDesk(createExecutionContext(), conversation).tryProfile(tenant, 'main')
    expect(result).toMatchObject({ ok: true, detail: 'The model answered: Hello world.', models: ['m-one', 'm-two'] })
  })
})

describe('The test of a model profile', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('shows a masked excerpt of what the provider said, and logs the same', async () => {
    const log = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const result = await probe('keyEchoed')
    expect(result).toMatchObject({ ok: false, detail: expect.stringContaining('The provider said: bad key [key], sent as Bearer [key]') })
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'model_call.failed',
        tenant: 'admin-keyechoed',
        status: 401,
        provider_code: 'invalid_request_error',
        said: 'bad key [key], sent as Bearer [key]',
      }),
    )
    expect(JSON.stringify([result, lines])).not.toContain(secret)
  })

  it('L13. shows no key that an answer repeats', async () => {
    expect(await probe('keyInText')).toMatchObject({ ok: true, detail: 'The model answered: Your key is [key]. Keep it.' })
  })

  it('fails if the answer is empty', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect(await probe('emptyText')).toMatchObject({ ok: false, detail: expect.stringContaining('empty answer') })
  })

  it('names the limit as the model knows it', async () => {
    expect(await probe('limitRenamed')).toMatchObject({ ok: true, detail: 'The model answered: Hello world.' })
  })
})

describe('The readiness of tools and model', () => {
  const readyWith = (variables: object) =>
    new ModelDesk(createExecutionContext(), { ...conversation, ...variables } as ConversationEnv).ready()
  const closedPort = 'http://127.0.0.1:9/v1'

  it('is that of the endpoint of the environment: any response counts', async () => {
    expect(await readyWith({})).toEqual({ tools: true, model: null })
    expect(await readyWith({ SOMA_MODEL_BASE_URL: closedPort })).toEqual({ tools: true, model: false })
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('no key', { status: 401 }))
    expect(await readyWith({ SOMA_MODEL_BASE_URL: 'http://model.test/v1/' })).toEqual({ tools: true, model: true })
    expect(fetched.mock.calls[0]?.[0]).toBe('http://model.test/v1/models')
    vi.restoreAllMocks()
  })

  it('is false for tools that fail, are silent, or are not bound', async () => {
    for (const TOOLS of [{ specs: () => Promise.reject(new Error('away')) }, { specs: () => new Promise(() => {}) }, undefined])
      expect(await readyWith({ TOOLS })).toEqual({ tools: false, model: null })
  })
})
