/** Signing in at an MCP server by OAuth, over the whole stack: with a browser, a second browser, and servers that misbehave. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ScriptedModel } from '../support/scripted-model.ts'
import { type FakeAuthorizationServer, startAuthorizationServer } from '../support/services/authorization-server.ts'
import { type FakeMcpServer, startMcpServer } from '../support/services/mcp-server.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { callTools, startCallingModel } from '../support/tool-turn.ts'
import { until } from '../support/until.ts'
import type { User } from '../support/user.ts'

let stack: SharedStack
let model: ScriptedModel
let count = 0
const closers: (() => Promise<void>)[] = []

beforeAll(async () => {
  model = await startCallingModel()
  stack = await sharedStack()
}, 150_000)
afterAll(async () => {
  await model?.close()
  await Promise.all(closers.map((close) => close()))
})

interface Workspace {
  readonly tenant: string
  readonly admin: User
  readonly member: User
  readonly server: FakeMcpServer
  readonly authorization: FakeAuthorizationServer
}

const json = async (response: Promise<Response>) => (await response).json()

/** A new workspace whose server wants a sign-in. */
async function workspace(): Promise<Workspace> {
  const tenant = `e2e-mcp-sign-in-${++count}`
  const server = await startMcpServer()
  const authorization = await startAuthorizationServer(server)
  closers.push(server.close, authorization.close)
  await stack.answerWith(tenant, model.url)
  const admin = await stack.user(tenant, 'ada', { scopes: 'admin' })
  expect(await json(admin.call('POST', '/v1/mcp-servers', { id: 'sums', url: server.url }))).toMatchObject({ state: 'sign_in', tools: [] })
  return { tenant, admin, member: await stack.user(tenant, 'bob'), server, authorization }
}

const start = ({ admin }: Workspace) => admin.call('POST', '/v1/mcp-servers/sums/sign-in', {})

/** The callback that the browser of the admin is sent to, which is not requested yet. */
async function callbackOf(space: Workspace): Promise<URL> {
  const { url } = await json(start(space))
  const answer = await fetch(url, { redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '')
}

/** Where the end of the sign-in leads `user`. */
async function finish({ bearer }: User, { search }: URL): Promise<string | null> {
  const response = await fetch(`${stack.url}/v1/mcp-sign-ins/finish${search}`, { headers: bearer, redirect: 'manual' })
  return response.headers.get('location')
}

/** Signs in, and accepts the tools. */
async function signIn(space: Workspace): Promise<void> {
  const { admin, server } = space
  expect(await finish(admin, await callbackOf(space))).toBe('/settings/tools?mcp_sign_in=signed_in&server=sums')
  const { listing } = await json(admin.call('GET', '/v1/mcp-servers/sums'))
  await admin.call('PUT', '/v1/mcp-servers/sums', { url: server.url, version: 1, accept: listing })
  await admin.call('PUT', '/v1/tool-catalog/sums__add', { approval: 'never' })
}

const sums = (member: User, calls: number) =>
  callTools(
    member,
    Array.from({ length: calls }, (_, a) => ({ name: 'sums__add', arguments: { a, b: 3 } })),
  )

describe('A sign-in at an MCP server', () => {
  it('gives the workspace its tools, registers once, and shows no token', async () => {
    const space = await workspace()
    const { admin, member, server, authorization } = space
    await signIn(space)
    expect((await sums(member, 1))[0]?.outcome).toBe('completed')
    expect(authorization.resources).toEqual([server.url])
    await finish(admin, await callbackOf(space))
    expect(authorization.counts).toEqual({ registrations: 1, codes: 2, refreshes: 0 })
    const answers = await Promise.all(
      ['/v1/mcp-servers', '/v1/audit', '/v1/settings'].map(async (path) => (await admin.call('GET', path)).text()),
    )
    for (const text of [stack.output(), ...answers]) expect(text).not.toMatch(/mcp-(?:access|refresh)-token|mcp-code/)
  })

  it('is refreshed once for calls at the same time', async () => {
    const space = await workspace()
    await signIn(space)
    space.authorization.expire()
    const ended = await Promise.all([sums(space.member, 10), sums(space.member, 10)])
    expect(ended.flat().map(({ outcome }) => outcome)).toEqual(Array(20).fill('completed'))
    expect(space.authorization.counts.refreshes).toBe(1)
  })

  it('lets a call wait once its refresh token is dead, and the turn go on afterwards', async () => {
    const space = await workspace()
    const { admin, member, server, authorization } = space
    await signIn(space)
    authorization.expire()
    authorization.revoke()
    const { session_id } = await member.send(JSON.stringify([{ name: 'sums__add', arguments: { a: 2, b: 3 } }]))
    const eventOf = (type: string) =>
      until(async () => {
        const { events } = await json(member.call('GET', `/v1/sessions/${session_id}/events?limit=500`))
        return events.find((event: { type: string }) => event.type === type)
      })
    const parked = await eventOf('call.parked')
    expect(parked).toMatchObject({ reason: expect.stringContaining('Sign in again: the server sums'), arguments: '{"a":2,"b":3}' })
    expect(await json(admin.call('GET', '/v1/mcp-servers/sums'))).toMatchObject({ state: 'sign_in', tools: [{ accepted: true }] })
    await finish(admin, await callbackOf(space))
    const decided = await member.call('POST', `/v1/sessions/${session_id}/calls/${parked.call_id}/decision`, { approved: true })
    expect(decided.status).toBe(200)
    expect(await eventOf('call.ended')).toMatchObject({ outcome: 'completed', text: expect.stringContaining('5') })
    expect(await eventOf('turn.ended')).toMatchObject({ outcome: 'completed' })
    expect(server.calls).toHaveLength(1)
  })

  it('ends once, and only for the credential that started it', async () => {
    const space = await workspace()
    const callback = await callbackOf(space)
    const expired = '/settings/tools?mcp_sign_in=expired'
    expect(await finish(await stack.user(space.tenant, 'eve', { scopes: 'admin' }), callback)).toBe(expired)
    expect(await finish(await stack.user('e2e-mcp-sign-in-other', 'ada', { scopes: 'admin' }), callback)).toBe(expired)
    // The attempt of another user has ended it.
    expect(await finish(space.admin, callback)).toBe(expired)
    const second = await callbackOf(space)
    expect(await finish(space.admin, second)).toContain('signed_in')
    expect(await finish(space.admin, second)).toBe(expired)
    expect((await start({ ...space, admin: space.member })).status).toBe(403)
  })

  it('fails with a code of another issuer, and with a code that another started', async () => {
    const space = await workspace()
    const mixed = await callbackOf(space)
    mixed.searchParams.set('iss', 'https://another.example')
    expect(await finish(space.admin, mixed)).toContain('mcp_sign_in=failed')
    expect(space.authorization.counts.codes).toBe(0)
    const [first, second] = [await callbackOf(space), await callbackOf(space)]
    second.searchParams.set('code', first.searchParams.get('code') ?? '')
    expect(await finish(space.admin, second)).toContain('mcp_sign_in=failed')
    const cancelled = await callbackOf(space)
    cancelled.searchParams.set('error', 'access_denied')
    expect(await finish(space.admin, cancelled)).toContain('mcp_sign_in=cancelled')
  })

  it('refuses metadata of another issuer, a script, and an address inside', async () => {
    const space = await workspace()
    for (const fault of ['issuer', 'script'] as const) {
      space.authorization.fault = fault
      expect((await start(space)).status, fault).toBe(400)
    }
    space.authorization.fault = 'inside'
    expect(await finish(space.admin, await callbackOf(space))).toContain('mcp_sign_in=failed')
  })

  it('returns to a page that sends nothing anywhere else', async () => {
    const response = await fetch(`${stack.url}/v1/auth/mcp/callback?state=a&code="><script>b</script>&to=//evil.example`)
    const html = await response.text()
    expect(html).toContain('content="0;url=/v1/mcp-sign-ins/finish?state=a&amp;code=')
    expect(html).not.toContain('<script>')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
