/** Requests for sessions that do not exist store nothing. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { tables } from '../../../../durable-objects/migrations.ts'
import type { Session } from '../../../../durable-objects/worker.ts'
import { SessionId, sessionObjectName, TenantId } from '../../../../shared/ids.ts'
import type { GatewayContext } from '../../../../workers/gateway/http/context.ts'
import { countMissing, missingRule } from '../../../../workers/gateway/limits/missing-session-limit.ts'
import { actions, publicRoute } from '../../../../workers/gateway/policy/actions.ts'
import { client, token } from '../client.ts'
import { fetchWith } from '../http/gateway-with.ts'

const sessions = (env as unknown as GatewayEnv).SESSION as unknown as DurableObjectNamespace<Session>
const turn = '00000000-0000-4000-8000-000000000000'

/** Everything that the object of session `id` stores. */
const storedIn = (tenant: string, id: string) =>
  runInDurableObject(sessions.getByName(sessionObjectName(TenantId.parse(tenant), SessionId.parse(id))), async (_, { storage }) => ({
    tables: tables(storage.sql),
    keys: [...(await storage.list()).keys()],
    alarm: await storage.getAlarm(),
  }))
const emptyStorage = { tables: [], keys: [], alarm: null }

/** Every way to name the session `id`: in the path, in the body, or as the object of a relation. Each is refused. */
const requests = (id: string): [string, string, unknown?][] => [
  ...Object.entries(actions).flatMap(([route, entry]): [string, string, unknown?][] => {
    const [method = '', path = ''] = route.split(' ')
    if (entry === publicRoute || entry.session !== 'path') return []
    const filledPath = path.replace('{session}', id).replaceAll(/\{\w+\}/g, turn)
    return method === 'GET'
      ? [
          [method, filledPath],
          [method, `${filledPath}?stream=true`],
        ]
      : [[method, filledPath, { turn_id: turn, title: 'x', paused: true, approved: true }]]
  }),
  ['POST', '/v1/sessions/message', { session_id: id, message: 'x', parent_turn_id: turn }],
  ['POST', '/v1/sessions/message?wait=true', { session_id: id, message: 'x', parent_turn_id: turn }],
  ['POST', '/v1/sessions/message', { session_id: id }],
  ['POST', '/v1/sessions/action', { session_id: id, action: 'summarize', parent_turn_id: turn }],
  ['POST', '/v1/sessions/export', { session_id: id }],
  ['POST', '/v1/relations', { writes: [{ object: `session:${id}`, relation: 'viewer', user: 'user:x' }] }],
  ['GET', `/v1/relations?object=session:${id}`],
]

describe('M5. A session that does not exist', () => {
  it.each([
    ['member', ''],
    ['admin', 'admin'],
  ])('stores nothing, for any request with the role %s', async (role, scope) => {
    const tenant = `m5-${role}`
    const user = await client(tenant, 'bob', scope)
    const all = requests('x')
    expect(all.length).toBeGreaterThan(20)
    for (const index of all.keys()) {
      const [method, path, body] = requests(`s${index}`)[index] ?? ['', '']
      const response = await user.call(method, path, body)
      await response.body?.cancel()
      const route = `${method} ${path}`
      // The resume of a chat that does not exist is empty.
      const isSilent = response.status === 204 && path.startsWith('/v1/ai-sdk/')
      expect([route, isSilent || (response.status >= 400 && response.status < 500)]).toEqual([route, true])
      expect([route, await storedIn(tenant, `s${index}`)]).toEqual([route, emptyStorage])
    }
  })

  it('is created by a message, and only then stores something', async () => {
    const user = await client('m5-created', 'bob')
    expect((await user.call('POST', '/v1/sessions/message', { session_id: 'new', message: 'Hi' })).status).toBe(200)
    expect((await storedIn('m5-created', 'new')).tables).toContain('event')
  })

  const lookups: Record<string, [string, string, unknown?]> = {
    'a missing session': ['GET', '/v1/sessions/missing'],
    'a hidden session': ['GET', '/v1/sessions/hers/history'],
    'a change of a hidden session': ['PATCH', '/v1/sessions/hers', { title: 'x' }],
    'a message that is refused': ['POST', '/v1/sessions/message', { session_id: 'wrong', message: 'x', parent_turn_id: turn }],
    'the relations of a missing session': ['GET', '/v1/relations?object=session:missing'],
    'a relation of a hidden session': [
      'POST',
      '/v1/relations',
      { writes: [{ object: 'session:hers', relation: 'viewer', user: 'user:x' }] },
    ],
    'a check of a missing session': ['POST', '/v1/relations/check', { object: 'session:missing', relation: 'viewer', user: 'user:bob' }],
    'a check of a hidden session': ['POST', '/v1/relations/check', { object: 'session:hers', relation: 'viewer', user: 'user:bob' }],
  }

  it.each(Object.entries(lookups))('is limited to 300 requests a minute: %s counts', async (name, [method, path, body]) => {
    // No time passes, so the bucket does not fill again.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    onTestFinished(() => void vi.useRealTimers())
    const tenant = `m5-${Object.keys(lookups).indexOf(name)}`
    const authorizations = { alice: `Bearer ${await token(tenant, 'alice')}`, bob: `Bearer ${await token(tenant, 'bob')}` }
    const call = (subject: 'alice' | 'bob', method: string, path: string, body?: unknown, variables: Partial<GatewayEnv> = {}) =>
      fetchWith(
        path,
        {
          method,
          headers: { authorization: authorizations[subject], 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
        variables,
      )
    await call('alice', 'POST', '/v1/sessions/message', { session_id: 'hers', message: 'Hi' })
    await call('bob', 'POST', '/v1/sessions/message', { session_id: 'his', message: 'Hi' })
    const bob = { get: () => ({ tenant, subject: 'bob' }) } as unknown as GatewayContext
    for (let n = 1; n < missingRule.limit; n += 1) countMissing(bob)
    expect((await call('bob', method, path, body)).status).not.toBe(429)
    // Missing and hidden sessions get the same answer, also sessions that the isolate has cached.
    for (const id of ['missing', 'hers']) {
      const refused = await call('bob', 'GET', `/v1/sessions/${id}`)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
      expect(await refused.json()).toMatchObject({ type: '/problems/rate_limited' })
    }
    expect((await call('bob', 'GET', '/v1/sessions/his')).status).toBe(200)
    expect((await call('alice', 'GET', '/v1/sessions/missing')).status).toBe(404)
    expect((await call('bob', 'GET', '/v1/sessions/missing', undefined, { SOMA_RATE_LIMITS: 'off' })).status).toBe(404)
  })
})
