import { beforeAll, describe, expect, it, vi } from 'vitest'
import { signConstitution } from '../../scripts/stack/constitution.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { codeOf } from '../support/authenticator.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { bearer, signIn } from './browser-session.ts'
import {
  bodies,
  createsSession,
  listsOwnRequests,
  missing,
  type Names,
  type Operation,
  operationsOf,
  pathOf,
  publicRoutes,
  silentWhenMissing,
} from './operations.ts'

/** The caller. Each request gets a new token, because some requests revoke their token. */
type Caller = { readonly tenant: string; readonly subject: string; readonly scopes?: string }

const canary = `canary-${crypto.randomUUID()}`
const alice: Caller = { tenant: 'acme', subject: 'alice' }
const bob: Caller = { tenant: 'acme', subject: 'bob' }
/** A user with the same name and every scope, in another tenant. */
const otherAlice: Caller = { tenant: 'globex', subject: 'alice', scopes: 'admin keys:manage sessions:read_all' }
const signedConstitution = async (name: string) =>
  signConstitution({ name, version: 1, principles: [], rules: [], tests: [] }, 'acme', (await developmentSecrets()).signingKey)

let stack: SharedStack
let operations: readonly Operation[]
let aliceNames: Names

const headersOf = async ({ tenant, subject, scopes = '' }: Caller) => bearer(await stack.token(tenant, subject, { scopes }))

async function call(caller: Caller, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { ...(await headersOf(caller)), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  return fetch(`${stack.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

/** An answer without the parts that differ per request: ids, times and the requested names. */
async function answerTo(
  caller: Caller,
  { route, method, path, needsBody }: Operation,
  names: Names,
): Promise<{ status: number; text: string; raw: string }> {
  const body = bodies[route]?.(names)
  if (needsBody && body === undefined) throw new Error(`${route} has no body. Add it to operations.ts.`)
  const response = await call(caller, method, pathOf(path, names), body)
  const raw = await response.text()
  const ids = Object.values(names).reduce((text, name) => text.replaceAll(name, '#'), raw)
  const text = ids
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\b\d{13}\b/g, 'AT')
    .replace(/"(created|created_at|completed_at)":\d+/g, '"$1":AT')
    .replace(/"(version|seq|revision)":\d+/g, '"$1":N')
    .replace(/soma_\w+\.\w{12}(_\w{43})?/g, 'KEY')
    .replace(/"id":"\w{12}"/g, '"id":"ID"')
    .replace(/\bk[0-9a-f]{8}\b/g, 'DATA-KEY')
  return { status: response.status, text, raw }
}

/** Everything that alice sees: her own resources, and with `includeTenant` those of her tenant. */
async function visibleState(includeTenant: boolean): Promise<Record<string, unknown>> {
  const own = [
    '/v1/sessions',
    '/v1/keys',
    '/v1/me/mfa',
    '/v1/me/sign-ins',
    '/v1/memories',
    '/v1/personas',
    `/v1/personas/${aliceNames.persona}`,
    '/v1/recall/secret-fact-7f3a',
    ...['', '/events', '/history', '/branches'].map((suffix) => `/v1/sessions/${aliceNames.session}${suffix}`),
  ]
  const shared = [
    '/v1/users',
    '/v1/users/zoe-7f3a',
    '/v1/sign-in-rules',
    '/v1/settings',
    '/v1/llm/credentials',
    '/v1/relations',
    '/v1/policy',
    '/v1/constitution',
    '/v1/constitution/versions',
    '/v1/budgets',
  ]
  const owner = { ...alice, scopes: 'admin keys:manage' }
  const paths = includeTenant ? [...own, ...shared] : own
  const read = paths.map(async (path) => {
    const response = await call(path === '/v1/keys' || shared.includes(path) ? owner : alice, 'GET', path)
    expect(response.status, path).toBe(200)
    return [path, await response.json()] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

beforeAll(async () => {
  stack = await sharedStack()
  const all = await operationsOf(stack.url)
  // Routes that create sessions come last. Until then only alice has sessions of these names.
  operations = all
    .filter(({ isPublic }) => !isPublic)
    .sort((a, b) => Number(createsSession.has(a.route)) - Number(createsSession.has(b.route)))
  expect(
    all
      .filter(({ isPublic }) => isPublic)
      .map(({ route }) => route)
      .sort(),
  ).toEqual(publicRoutes)

  const sent = await call(alice, 'POST', '/v1/sessions/message', {
    session_id: 'secret-plans',
    message: `My favourite codename is ${canary}.`,
  })
  const { turn_id: turn } = (await sent.json()) as { turn_id: string }
  const admin = { ...alice, scopes: 'admin keys:manage' }
  const key = (await (await call(admin, 'POST', '/v1/keys', { name: canary })).json()) as { id: string }
  const fact = (await (await call(alice, 'POST', '/v1/remember', { key: 'secret-fact-7f3a', value: `It is ${canary}.` })).json()) as {
    id: string
  }
  const persona = (await (await call(alice, 'POST', '/v1/personas', { name: canary, instructions: canary })).json()) as { id: string }
  const form = new FormData()
  form.append('files[]', new File([canary], `${canary}.txt`))
  const upload = await fetch(`${stack.url}/v1/uploads`, { method: 'POST', headers: await headersOf(alice), body: form })
  const file = (await upload.json()) as { attachments: { id: string }[] }
  const folder = new FormData()
  folder.append('session_id', 'secret-plans')
  folder.append('files[]', new File([canary], 'plan.md'))
  const placed = await fetch(`${stack.url}/v1/workdir/upload`, { method: 'POST', headers: await headersOf(alice), body: folder })
  expect(placed.status, await placed.text()).toBe(200)
  const resumable = await fetch(`${stack.url}/v1/uploads/tus`, {
    method: 'POST',
    headers: { ...(await headersOf(alice)), 'tus-resumable': '1.0.0', 'upload-length': '100' },
  })
  const [kid] = ((await (await fetch(`${stack.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }).keys.map(
    (jwk) => jwk.kid,
  )
  const { sign_ins: signIns } = (await (await (await signIn(stack, 'acme', 'alice')).call('GET', '/v1/me/sign-ins')).json()) as {
    sign_ins: { id: string }[]
  }
  const zoe = await signIn(stack, 'acme', 'zoe-7f3a')
  const { secret } = (await (await zoe.call('POST', '/v1/me/mfa', {})).json()) as { secret: string }
  expect((await zoe.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret) })).status).toBe(200)
  aliceNames = {
    session: 'secret-plans',
    turn,
    call: crypto.randomUUID(),
    id: key.id,
    subject: 'zoe-7f3a',
    name: 'secret-model-7f3a',
    provider: 'secret-key-7f3a',
    kid: kid ?? '',
    rule: 'allow',
    sign_in: signIns[0]?.id ?? '',
    memory: fact.id,
    coord: '4,2',
    persona: persona.id,
    role: 'secret-model-7f3a',
    deployment_mode: missing.deployment_mode,
    key: 'secret-fact-7f3a',
    attachment: file.attachments[0]?.id ?? '',
    upload: resumable.headers.get('location')?.split('/').at(-1) ?? '',
    server: 'secretserver7f3a',
    tool: 'missing-tool',
  }
  const created = [
    await call(alice, 'POST', '/v1/memory/store', { coord: '4,2', payload: { fact: canary } }),
    await call(admin, 'PUT', '/v1/users/zoe-7f3a', { role: 'viewer' }),
    await call(admin, 'PUT', '/v1/llm/credentials/secret-key-7f3a', { secret: 'the-secret-of-acme', origin: 'https://models.example.com' }),
    await call(admin, 'PUT', '/v1/settings/models/secret-model-7f3a', { profile: { provider: 'builtin', model: 'm' } }),
    await call(admin, 'POST', '/v1/mcp-servers', { id: 'secretserver7f3a', url: 'http://10.0.0.1/mcp' }),
    await call(admin, 'POST', '/v1/constitution/load', await signedConstitution('the-bond-of-acme')),
    await call(alice, 'POST', '/v1/relations', { writes: [{ object: 'session:secret-plans', relation: 'viewer', user: 'user:carol' }] }),
  ]
  for (const response of created) expect(response.status, `${response.url}: ${await response.clone().text()}`).toBeLessThan(300)
  await vi.waitFor(
    async () => expect(await (await call(alice, 'GET', '/v1/sessions/secret-plans/history')).text()).toContain('"outcome":"completed"'),
    { timeout: 20_000 },
  )
  // Alice's message reaches memory after the fact that she set.
  await vi.waitFor(async () => expect((await (await call(alice, 'GET', '/v1/memories')).json()).memories).toHaveLength(2), {
    timeout: 20_000,
  })
}, 150_000)

describe('1. No route', () => {
  it('lets another tenant read, change or find resources, even with every scope', async () => {
    const before = await visibleState(true)
    const contents = [
      canary,
      aliceNames.turn,
      aliceNames.id,
      aliceNames.memory,
      aliceNames.persona,
      aliceNames.sign_in,
      'the-secret-of-acme',
      'the-bond-of-acme',
      'user:carol',
    ]
    const words = [...contents, aliceNames.session, aliceNames.subject, aliceNames.name, aliceNames.provider]
    expect(operations.length).toBeGreaterThan(50)
    for (const operation of operations) {
      const existing = await answerTo(otherAlice, operation, aliceNames)
      const absent = await answerTo(otherAlice, operation, missing)
      const own = listsOwnRequests.has(operation.route)
      expect(existing.status, operation.route).toBe(absent.status)
      if (!own) expect(existing.text, operation.route).toBe(absent.text)
      // The caller did not send these words, so they would come from alice.
      for (const word of own ? contents : words) expect(absent.raw.includes(word), `${operation.route} reveals ${word}`).toBe(false)
      // With sessions:read_all, the caller gets 400 for a missing WebSocket upgrade, for every name.
      if (operation.path.includes('{session}'))
        expect(existing.status, operation.route).toBe(
          silentWhenMissing.has(operation.route) ? 204 : operation.path.endsWith('/stream') ? 400 : 404,
        )
    }
    expect(await visibleState(true)).toEqual(before)
  })

  it("lets another user of the tenant read, change or find a user's conversations and keys", async () => {
    const before = await visibleState(false)
    const secrets = [canary, aliceNames.session, aliceNames.turn, aliceNames.id, aliceNames.memory, aliceNames.persona, aliceNames.sign_in]
    for (const operation of operations) {
      const { session, turn, call, id, memory, coord, persona, key, sign_in } = aliceNames
      const existing = await answerTo(bob, operation, { ...missing, session, turn, call, id, memory, coord, persona, key, sign_in })
      const absent = await answerTo(bob, operation, missing)
      if (createsSession.has(operation.route))
        expect([existing.status, absent.status >= 200 && absent.status < 300], operation.route).toEqual([404, true])
      else expect({ status: existing.status, text: existing.text }, operation.route).toEqual({ status: absent.status, text: absent.text })
      for (const word of secrets) expect(absent.raw.includes(word), `${operation.route} reveals ${word}`).toBe(false)
      if (operation.path.includes('{session}'))
        expect(existing.status, operation.route).toBe(silentWhenMissing.has(operation.route) ? 204 : 404)
    }
    expect(await visibleState(false)).toEqual(before)
  })

  it('reveals a session by its stream or its socket', async () => {
    const foreignCaller: Caller = { ...otherAlice, tenant: 'initech' }
    for (const caller of [bob, foreignCaller]) {
      for (const suffix of ['events?stream=true', 'events?stream=true&after=latest', 'stream']) {
        const [existing, absent] = [aliceNames.session, 'never-created'].map((session) =>
          call(caller, 'GET', `/v1/sessions/${session}/${suffix}`),
        )
        const [a, b] = [await existing, await absent]
        const wantsSocket = caller === foreignCaller && suffix === 'stream'
        expect([a?.status, a?.headers.get('content-type')], suffix).toEqual([wantsSocket ? 400 : 404, 'application/problem+json'])
        expect([b?.status, b?.headers.get('content-type')], suffix).toEqual([a?.status, a?.headers.get('content-type')])
      }
    }
  })

  it('answers without authentication', async () => {
    for (const operation of operations) {
      const path = pathOf(operation.path, aliceNames)
      expect((await fetch(`${stack.url}${path}`, { method: operation.method })).status, operation.route).toBe(401)
    }
  })
})

describe('The scope sessions:read_all', () => {
  const auditor: Caller = { tenant: 'acme', subject: 'auditor', scopes: 'sessions:read_all' }

  it("allows reading the tenant's conversations, and nothing else, and its use is in the audit trail", async () => {
    for (const suffix of ['', '/history', '/events', '/branches', '/context-window', '/export'])
      expect((await call(auditor, 'GET', `/v1/sessions/secret-plans${suffix}`)).status, suffix).toBe(200)
    expect(await (await call(auditor, 'GET', '/v1/sessions/secret-plans/history')).text()).toContain(canary)
    for (const [method, path, body] of [
      ['POST', '/v1/sessions/message', { session_id: 'secret-plans', message: 'hi' }],
      ['PATCH', '/v1/sessions/secret-plans', { title: 'mine' }],
      ['DELETE', '/v1/sessions/secret-plans'],
      ['POST', '/v1/sessions/secret-plans/pause', { paused: true }],
      ['POST', '/v1/sessions/secret-plans/reset'],
      ['GET', '/v1/users'],
      ['GET', '/v1/keys'],
    ] as const)
      expect((await call(auditor, method, path, body)).status, `${method} ${path}`).toBe(403)
    await vi.waitFor(async () => {
      const trail = await (await call({ ...alice, scopes: 'admin' }, 'GET', '/v1/audit?limit=200')).text()
      const entries = (JSON.parse(trail) as { entries: { subject: string; action: string; target: string; outcome: string }[] }).entries
      expect(entries).toContainEqual(
        expect.objectContaining({ subject: 'auditor', action: 'conversation.read', target: 'session:secret-plans', outcome: 'allowed' }),
      )
      expect(entries).toContainEqual(expect.objectContaining({ subject: 'auditor', target: 'session:secret-plans', outcome: 'denied' }))
      expect(trail).not.toContain(canary)
    })
  })

  it('is limited to its tenant', async () => {
    const foreignAuditor = { ...auditor, tenant: 'initech' }
    expect((await call(foreignAuditor, 'GET', '/v1/sessions/secret-plans/history')).status).toBe(404)
  })
})

describe('2. A request that names another tenant than its token', () => {
  it('is denied, in a header, a query or a body, and is in the audit trail', async () => {
    const token = await headersOf(bob)
    const json = { ...token, 'content-type': 'application/json' }
    const attempts: [string, RequestInit][] = [
      ['/v1/sessions', { headers: { ...token, 'x-tenant-id': 'globex' } }],
      ['/v1/sessions', { headers: { ...token, 'x-soma-tenant': 'globex' } }],
      ['/v1/sessions?tenant=globex', { headers: token }],
      ['/v1/sessions?tenant_id=acme&tenant_id=globex', { headers: token }],
      ['/v1/sessions/message', { method: 'POST', headers: json, body: '{"message":"hi","tenant":"globex"}' }],
      ['/v1/keys', { method: 'POST', headers: json, body: '{"name":"k","tenant_id":"globex"}' }],
      ['/v1/sessions/message', { method: 'POST', headers: json, body: '{"message":"hi","tenant":["acme"]}' }],
    ]
    for (const [path, init] of attempts) {
      const response = await fetch(`${stack.url}${path}`, init)
      expect([response.status, await response.json()], path).toMatchObject([403, { type: '/problems/denied', reasons: ['other_tenant'] }])
    }
    expect((await fetch(`${stack.url}/v1/sessions?tenant=acme`, { headers: { ...token, 'x-tenant-id': 'acme' } })).status).toBe(200)
    const trail = (await (await call({ ...alice, scopes: 'admin' }, 'GET', '/v1/audit?outcome=denied&limit=200')).json()) as {
      entries: { action: string; subject: string }[]
    }
    expect(trail.entries.filter(({ action, subject }) => action === 'tenant.name' && subject === 'bob')).toHaveLength(attempts.length)
  })
})
