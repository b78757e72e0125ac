/** Sessions of other users: a caller without access learns nothing about them. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { Session } from '../../../../durable-objects/session/session.ts'
import { Tenant } from '../../../../durable-objects/tenant/tenant.ts'
import { subjectShare } from '../../../../workers/gateway/memory/attributes.ts'
import { actions, publicRoute } from '../../../../workers/gateway/policy/actions.ts'
import { client } from '../client.ts'

const canary = 'My diagnosis is CANARY-TITLE'
const turn = '00000000-0000-4000-8000-000000000000'
/** Bodies of the routes that need one. */
const bodies: Readonly<Record<string, unknown>> = {
  'PATCH /v1/sessions/{session}': { title: 'x' },
  'PATCH /v1/sessions/{session}/list-entry': { archived: true },
  'POST /v1/sessions/{session}/pause': { paused: true },
  'POST /v1/sessions/{session}/fork': { turn_id: turn },
  'PUT /v1/sessions/{session}/branch': { turn_id: turn },
  'POST /v1/sessions/{session}/calls/{call}/decision': { approved: true },
  'POST /v1/sessions/{session}/calls/{call}/resolution': { outcome: 'happened' },
}
/** Every way to address a session, except those that show nothing of it, such as its deletion. */
const requests = (id: string): [string, string, unknown?][] => [
  ...Object.entries(actions).flatMap(([route, entry]): [string, string, unknown?][] => {
    if (entry === publicRoute || entry.session !== 'path' || entry.showsNothing) return []
    const [method = '', path = ''] = route.split(' ')
    return [[method, path.replace('{session}', id).replaceAll(/\{\w+\}/g, turn), bodies[route]]]
  }),
  ['POST', '/v1/sessions/export', { session_id: id }],
  ['GET', `/v1/sessions/${id}/events?stream=true`],
  ['GET', `/v1/sessions/${id}/turns/${turn}?wait=true`],
]

describe('A session that the caller may not read', () => {
  it.each([['admin'], ['']])('M8: responds like a missing one to every request (scope %j)', async (scope) => {
    const tenant = `m8-${scope || 'member'}`
    const [alice, root] = [await client(tenant, 'alice'), await client(tenant, 'root', scope)]
    await alice.call('POST', '/v1/sessions/message', { session_id: 's', message: canary })
    expect(requests('s').length).toBeGreaterThan(18)
    for (const [index, [method, path, body]] of requests('s').entries()) {
      const [missingMethod, missingPath, missingBody] = requests('missing')[index] ?? ['', '']
      const [found, missing] = [await root.call(method, path, body), await root.call(missingMethod, missingPath, missingBody)]
      const text = await found.text()
      // The resume of a chat that does not exist is empty.
      const status = path.startsWith('/v1/ai-sdk/') && method === 'GET' ? 204 : 404
      expect([path, found.status, text.includes('CANARY')]).toEqual([path, status, false])
      const withoutId = (json: string) => (json === '' ? null : { ...JSON.parse(json), request_id: '' })
      expect([missing.status, withoutId(await missing.text())]).toEqual([status, withoutId(text)])
    }
    const { title } = (await (await alice.call('GET', '/v1/sessions/s')).json()) as { title: string }
    expect(title, 'the session is unchanged').toContain('CANARY')
  })

  it('M8, L2: can be changed by a tenant admin once it is shared, and is deleted by owner and tenant admins only', async () => {
    const [alice, bob, root] = [await client('l2', 'alice'), await client('l2', 'bob'), await client('l2', 'root', 'admin')]
    for (const id of ['s', 't']) await alice.call('POST', '/v1/sessions/message', { session_id: id, message: 'hello' })
    const share = (user: string, relation: string) =>
      alice.call('POST', '/v1/relations', { writes: [{ object: 'session:s', relation, user: `user:${user}` }] })
    await share('bob', 'admin')
    await share('root', 'viewer')
    expect((await root.call('PATCH', '/v1/sessions/s', { title: 'Shared' })).status).toBe(200)
    expect((await bob.call('PATCH', '/v1/sessions/s', { title: 'Shared' })).status).toBe(200)
    expect((await bob.call('DELETE', '/v1/sessions/s')).status).toBe(403)
    expect((await bob.call('DELETE', '/v1/sessions/t')).status).toBe(404)
    const deleted = await root.call('DELETE', '/v1/sessions/t')
    expect([deleted.status, await deleted.text()]).toEqual([204, ''])
    expect((await alice.call('DELETE', '/v1/sessions/s')).status).toBe(204)
  })

  it('L3: costs the same calls as a missing one', async () => {
    const [alice, bob] = [await client('l3', 'alice'), await client('l3', 'bob')]
    await alice.call('POST', '/v1/sessions/message', { session_id: 's', message: 'hello' })
    const owner = vi.spyOn(Session.prototype, 'owner')
    const shared = vi.spyOn(Tenant.prototype, 'sharedAs')
    const callsOf = async (path: string) => {
      owner.mockClear()
      shared.mockClear()
      expect((await bob.call('GET', path)).status).toBe(404)
      return [owner.mock.calls.length, shared.mock.calls.length]
    }
    // The second request finds what the isolate has cached.
    for (let round = 0; round < 3; round++) expect(await callsOf('/v1/sessions/s')).toEqual(await callsOf('/v1/sessions/missing'))
    expect(await callsOf('/v1/sessions/s')).toEqual([1, 1])
    // The isolate has just served the owner.
    expect((await alice.call('GET', '/v1/sessions/s')).status).toBe(200)
    expect(await callsOf('/v1/sessions/s')).toEqual(await callsOf('/v1/sessions/missing'))
    vi.restoreAllMocks()
  })
})

describe('L6: the limit of memory writes', () => {
  it('has a share per user, and does not count what was refused', async () => {
    const tenant = 'l6'
    const { LIMITER } = env as unknown as GatewayEnv
    const [alice, bob] = [await client(tenant, 'alice'), await client(tenant, 'bob')]
    const remember = (caller: typeof bob, key: string, value = 'v') => caller.call('POST', '/v1/remember', { key, value })
    expect((await remember(bob, 'k')).status).toBe(200)
    for (let n = 1; n < subjectShare.limit; n++) await LIMITER.getByName(`${tenant}/memory/bob`).take(subjectShare)
    const refused = await remember(bob, 'k')
    // A minute may begin in between. Then no write is refused, and there is nothing to check.
    if (refused.status === 200) return
    expect([refused.status, ((await refused.json()) as { type: string }).type]).toEqual([429, '/problems/rate_limited'])
    const countOnly = { kind: 'fixed_window', limit: 1_000_000, window_seconds: 60 } as const
    const { limit, remaining } = await LIMITER.getByName(`${tenant}/memory`).take(countOnly)
    expect(limit - remaining).toBeLessThanOrEqual(2)
    await LIMITER.getByName(`${tenant}/memory`).giveBack(countOnly)
    expect((await remember(alice, 'k')).status).toBe(200)
  })
})
