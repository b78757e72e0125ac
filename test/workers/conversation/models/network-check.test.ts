import { env } from 'cloudflare:workers'
import { describe, expect, inject, it, vi } from 'vitest'
import { TenantId } from '../../../../shared/ids.ts'
import { type Model, ModelError } from '../../../../shared/model/model.ts'
import { isOpen } from '../../../../shared/net/network-check.ts'
import { ModelProfile } from '../../../../shared/settings/settings.ts'
import { candidateOf } from '../../../../workers/conversation/models/candidates.ts'
import type {} from '../provided.ts'

/** The error of a call of a profile at `base_url`. */
async function errorOf(settings: Partial<Record<keyof ConversationEnv, string>>, base_url: string): Promise<unknown> {
  const profile = ModelProfile.parse({ provider: 'openai-compatible', base_url, model: 'm' })
  const { model }: { model: Model } = candidateOf({ ...env, ...settings } as ConversationEnv, TenantId.parse('acme'), 'main', profile)
  const request = { messages: [{ role: 'user', text: 'hello' }], tools: [], metadata: {}, at: 0 } as const
  try {
    for await (const _ of model.answer(request, new AbortController().signal));
  } catch (error) {
    return error
  }
}

const production = { SOMA_LOOPBACK_MODELS: '' }
const unknownHost = 'https://no-such-host.example.com/v1'

describe('The network check', () => {
  // The test runtime allows private addresses, as `npm start` does.
  it("refuses tenants' models in a network that reaches this machine, and says so in the log", async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const error = await errorOf(production, unknownHost)
    expect(error).toBeInstanceOf(ModelError)
    expect(error).toMatchObject({ message: expect.stringContaining('SOMA_NETWORK_CHECK'), retry: undefined })
    expect(await errorOf(production, unknownHost)).toMatchObject({ message: expect.stringContaining('SOMA_NETWORK_CHECK') })
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line))).filter(({ event }) => event === 'network.open')
    expect(lines).toHaveLength(1)
    vi.restoreAllMocks()
  })

  it('can be turned off, and is off where this machine is allowed', async () => {
    expect(await errorOf({ ...production, SOMA_NETWORK_CHECK: 'off' }, unknownHost)).toMatchObject({
      message: 'The model endpoint cannot be reached.',
    })
    expect(await errorOf({ SOMA_LOOPBACK_MODELS: 'true' }, `${inject('providerUrl')}/ok/v1`)).toBeUndefined()
  })

  it("distinguishes a refused connection, a forbidden address and Cloudflare's edge", () => {
    const lost = Object.assign(new Error('Network connection lost.'), { retryable: true })
    expect(isOpen({ error: lost })).toBe(true)
    expect(isOpen({ response: new Response('a service', { status: 404 }) })).toBe(true)
    expect(isOpen({ error: new Error('internal error; reference = x') })).toBe(false)
    expect(isOpen({ response: new Response('error code: 1003', { status: 403, headers: { server: 'cloudflare' } }) })).toBe(false)
    expect(isOpen('timed out')).toBe(false)
  })
})

describe("A tenant's endpoint", () => {
  it('uses the ports of the setting', async () => {
    const off = { ...production, SOMA_NETWORK_CHECK: 'off' }
    const words = { message: expect.stringContaining('443 or 8443 (SOMA_MODEL_PORTS)') }
    expect(await errorOf(off, 'https://no-such-host.example.com:9443/v1')).toMatchObject(words)
    expect(await errorOf({ ...off, SOMA_MODEL_PORTS: '443,9443' }, 'https://no-such-host.example.com:9443/v1')).toMatchObject({
      message: 'The model endpoint cannot be reached.',
    })
  })
})
