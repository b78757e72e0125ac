import { describe, expect, it, vi } from 'vitest'
import { token } from '../client.ts'
import { served } from './served.ts'

const call = async (method: string, path: string, body: unknown, variables: object, scopes = 'admin') =>
  served(
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
const away = (error: () => Error = () => new Error('secret detail')) => {
  const failing = new Proxy({}, { get: () => () => Promise.reject(error()) })
  return Object.assign(Object.create(failing), { getByName: () => failing })
}
const profile = { provider: 'openai-compatible', base_url: 'https://model.example/v1', model: 'm' }
/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9'

describe('A failure of another party', () => {
  it.each([
    ['the vault', 'PUT', '/v1/llm/credentials/openai', { secret: 'sk-12345678' }, { VAULT: away() }, 'The vault'],
    ['the vault', 'POST', '/v1/settings/data-key/rotate', undefined, { VAULT: away() }, 'The vault'],
    ['the conversation Worker', 'PUT', '/v1/settings/models/main', { profile }, { MODEL_DESK: away() }, 'The conversation Worker'],
    ['the conversation Worker', 'POST', '/v1/settings/models/main/test', undefined, { MODEL_DESK: away() }, 'The conversation Worker'],
    ['the background Worker', 'POST', '/v1/admin/copies/prune', { after: null }, { BACKGROUND: away() }, 'The background Worker'],
    ['the audit trail', 'POST', '/v1/keys', { name: 'k' }, { AUDIT_TRAIL: away() }, 'The audit trail'],
    ['OPA', 'GET', '/v1/sessions', undefined, { OPA_URL: nowhere }, 'OPA'],
    ['OPA, about one session', 'GET', '/v1/sessions/x/history', undefined, { OPA_URL: nowhere }, 'OPA'],
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

  it.each([{ overloaded: true }, { retryable: true }])('an object that the platform cannot run (%j) is 503', async (marks) => {
    const variables = { HOME: away(() => Object.assign(new Error('Durable Object is overloaded'), marks)) }
    const response = await call('GET', '/v1/sessions', undefined, variables)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('a fault of our own stays 500, without its details', async () => {
    const response = await call('GET', '/v1/sessions', undefined, { HOME: away() })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })
})
