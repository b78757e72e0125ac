import { describe, expect, it, vi } from 'vitest'
import { type ChainHead, genesisHead, verifyLine } from '../../../../shared/audit/chain.ts'
import { actionOf, actions } from '../../../../workers/gateway/policy/actions.ts'
import { client, trails } from '../client.ts'

describe('Actions', () => {
  it('name every route that the API describes', async () => {
    const { call } = await client('decided', 'alice')
    const { paths } = (await (await call('GET', '/openapi.json')).json()) as { paths: Record<string, Record<string, unknown>> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(routes.length).toBeGreaterThan(20)
    expect(routes.filter((route) => !(route in actions))).toEqual([])
  })

  it('match literal segments before parameters', () => {
    expect(actionOf('GET', '/v1/sessions/s1')).toMatchObject({ entry: { action: 'session.read' }, params: { session: 's1' } })
    expect(actionOf('POST', '/v1/sessions/message')).toMatchObject({ entry: { action: 'conversation.send' }, params: {} })
    expect(actionOf('HEAD', '/v1/sessions')).toMatchObject({ entry: { action: 'session.list' } })
    for (const path of ['/v1/sessions/', '/v1//sessions', '/v1/sessions/a/b', '/v1/SESSIONS']) expect(actionOf('GET', path)).toBeUndefined()
  })
})

describe('The trail', () => {
  it('is readable and exportable by admins only, with a verifiable chain', async () => {
    const admin = await client('audited', 'ada', 'admin')
    const member = await client('audited', 'bob')
    expect((await member.call('GET', '/v1/audit')).status).toBe(403)
    expect((await member.call('GET', '/v1/audit/export')).status).toBe(403)
    await vi.waitFor(async () => {
      const page = await admin.call('GET', '/v1/audit?outcome=denied&limit=1')
      expect(await page.json()).toMatchObject({ entries: [{ subject: 'bob', action: 'admin.audit.export' }] })
    })
    const lines = (await (await admin.call('GET', '/v1/audit/export')).text()).trim().split('\n')
    let link: ChainHead | string = genesisHead
    for (const line of lines) if (typeof link !== 'string') link = verifyLine(link, line)
    expect(link).toMatchObject({ seq: lines.length })
    const flipped = (lines[1] ?? '').replace('denied', 'allowed')
    expect(verifyLine(verifyLine(genesisHead, lines[0] ?? '') as ChainHead, flipped)).toBe('does not match its hash')
  })
})

describe('The policy', () => {
  it('lets a member use an own session, and hides it from others', async () => {
    const alice = await client('decided', 'alice')
    const bob = await client('decided', 'bob')
    expect((await alice.call('POST', '/v1/sessions/message', { session_id: 'own', message: 'hello' })).status).toBe(200)
    expect((await alice.call('GET', '/v1/sessions/own')).status).toBe(200)
    const missing = await bob.call('GET', '/v1/sessions/none')
    const foreign = await bob.call('GET', '/v1/sessions/own')
    expect([missing.status, foreign.status]).toEqual([404, 404])
    const [a, b] = [(await missing.json()) as object, (await foreign.json()) as object]
    expect({ ...a, request_id: '' }).toEqual({ ...b, request_id: '' })
    for (const [method, path, body] of [
      ['POST', '/v1/sessions/message', { session_id: 'own', message: 'me too' }],
      ['DELETE', '/v1/sessions/own'],
      ['POST', '/v1/sessions/export', { session_id: 'own' }],
      ['GET', '/v1/sessions/own/events?stream=true'],
      ['PATCH', '/v1/sessions/own', { title: 'mine' }],
    ] as const)
      expect([path, (await bob.call(method, path, body)).status]).toEqual([path, 404])
  })

  it('names the denied action and the reasons', async () => {
    const { call } = await client('decided', 'alice')
    const denied = await call('GET', '/v1/admin/tenants')
    expect(denied.status).toBe(403)
    expect(await denied.json()).toMatchObject({
      type: '/problems/denied',
      action: 'platform.read',
      reasons: ['not_permitted'],
      detail: expect.stringContaining('platform.read'),
    })
  })

  it('responds with 404 to an unknown route, and with 405 to an unknown method', async () => {
    const { call } = await client('decided', 'alice')
    expect((await call('GET', '/v1/unheard-of')).status).toBe(404)
    expect((await call('PUT', '/v1/sessions')).status).toBe(405)
  })

  it('audits each decision', async () => {
    const { call } = await client('recorded', 'gina')
    await call('GET', '/v1/sessions')
    const denied = await call('GET', '/v1/admin/tenants')
    await vi.waitFor(async () => {
      const lines = await trails.getByName('recorded').page({}, Number.MAX_SAFE_INTEGER, 10)
      const entries = lines.map((line) => JSON.parse(line))
      expect(entries).toMatchObject([
        { seq: 2, kind: 'decision', subject: 'gina', action: 'platform.read', outcome: 'denied', reasons: ['not_permitted'] },
        { seq: 1, action: 'session.list', outcome: 'allowed', input: { principal: { id: 'gina', tenant: 'recorded', roles: ['member'] } } },
      ])
      expect(entries[0]?.request_id).toBe(denied.headers.get('x-request-id'))
    })
  })
})
