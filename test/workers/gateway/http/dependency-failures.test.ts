import { describe, expect, it, vi } from 'vitest'
import { token } from '../client.ts'
import { fetchWith } from './gateway-with.ts'

const call = async (method: string, path: string, body: unknown, variables: object, scopes = 'admin') =>
  fetchWith(
    path,
    {
      method,
      headers: {
        authorization: `Bearer ${await token('parties', 'admin', scopes)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    variables as Partial<GatewayEnv>,
  )
/** A Worker or a namespace of objects. Every call fails with `error`. */
const failingBinding = (error: () => Error = () => new Error('secret detail')) => {
  const failing = new Proxy({}, { get: () => () => Promise.reject(error()) })
  return Object.assign(Object.create(failing), { getByName: () => failing })
}
const profile = { provider: 'openai-compatible', base_url: 'https://model.example/v1', model: 'm' }
/** An address without a server. */
const closedPort = 'http://127.0.0.1:9'

describe('A failure of a dependency', () => {
  it.each([
    ['the vault', 'PUT', '/v1/llm/credentials/openai', { secret: 'sk-12345678' }, { VAULT: failingBinding() }, 'The vault'],
    ['the vault', 'POST', '/v1/settings/data-key/rotate', undefined, { VAULT: failingBinding() }, 'The vault'],
    [
      'the conversation Worker',
      'PUT',
      '/v1/settings/models/main',
      { profile },
      { MODEL_DESK: failingBinding() },
      'The conversation Worker',
    ],
    [
      'the conversation Worker',
      'POST',
      '/v1/settings/models/main/test',
      undefined,
      { MODEL_DESK: failingBinding() },
      'The conversation Worker',
    ],
    ['the tools Worker', 'POST', '/v1/tool/request', { tool_name: 'echo', args: {} }, { TOOLS: failingBinding() }, 'The tools Worker'],
    ['the background Worker', 'POST', '/v1/admin/copies/prune', { after: null }, { BACKGROUND: failingBinding() }, 'The background Worker'],
    ['the audit trail', 'POST', '/v1/keys', { name: 'k' }, { AUDIT_TRAIL: failingBinding() }, 'The audit trail'],
    ['OPA', 'GET', '/v1/sessions', undefined, { OPA_URL: closedPort }, 'OPA'],
    ['OPA, about one session', 'GET', '/v1/sessions/x/history', undefined, { OPA_URL: closedPort }, 'OPA'],
  ])('%s: %s %s is 503 with its name and a time to retry', async (_, method, path, body, variables, name) => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const response = await call(method, path, body, variables, path.startsWith('/v1/admin') ? 'admin:backup' : 'admin')
    const problem = (await response.json()) as { type: string; detail: string }
    expect([response.status, problem.type]).toEqual([503, '/problems/unavailable'])
    expect(problem.detail).toContain(name)
    expect(problem.detail).not.toContain('secret')
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    vi.restoreAllMocks()
  })

  it.each([{ overloaded: true }, { retryable: true }])('an object that the platform cannot run (%j) is 503', async (flags) => {
    const variables = { HOME: failingBinding(() => Object.assign(new Error('Durable Object is overloaded'), flags)) }
    const response = await call('GET', '/v1/sessions', undefined, variables)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('a fault of our own stays 500, without its details', async () => {
    const response = await call('GET', '/v1/sessions', undefined, { HOME: failingBinding() })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })
})
