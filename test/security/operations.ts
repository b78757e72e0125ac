/** Every route as the abuse cases call it: its names, its body, and whether it is public. */

import { responseId } from '../../shared/session/response-id.ts'

/** The names in a path: those of alice's resources, or of resources that do not exist. */
export interface Names {
  readonly session: string
  readonly turn: string
  readonly call: string
  readonly id: string
  readonly subject: string
  readonly name: string
  readonly provider: string
  readonly kid: string
  readonly rule: string
  readonly sign_in: string
  readonly memory: string
  readonly coord: string
  readonly persona: string
  readonly role: string
  readonly deployment_mode: string
  readonly key: string
  readonly attachment: string
  readonly upload: string
  readonly server: string
  readonly tool: string
}

export interface Operation {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly needsBody: boolean
  /** The route needs no authentication. */
  readonly isPublic: boolean
}

export const missing: Names = {
  session: 'no-such-plans',
  turn: crypto.randomUUID(),
  call: crypto.randomUUID(),
  id: 'AAAAAAAAAAAA',
  subject: 'unknown-7f3a',
  name: 'missing-model-7f3a',
  provider: 'missing-key-7f3a',
  kid: crypto.randomUUID(),
  rule: 'allow',
  sign_in: 'AAAAAAAAAAAA',
  memory: crypto.randomUUID(),
  coord: '7,7',
  persona: crypto.randomUUID(),
  role: 'missing-role-7f3a',
  deployment_mode: 'default',
  key: 'missing-fact-7f3a',
  attachment: crypto.randomUUID(),
  upload: crypto.randomUUID(),
  server: 'missingserver7f3a',
  tool: 'missing-tool',
}

/** The public routes. Add a route here only on purpose. */
export const publicRoutes = [
  'GET /ready',
  'GET /v1/auth/mcp/callback',
  'GET /v1/auth/methods',
  'GET /v1/auth/oidc/callback',
  'GET /v1/auth/oidc/start',
  'GET /v1/health',
  'POST /v1/auth/dev',
  'POST /v1/auth/mfa',
  'POST /v1/auth/refresh',
  'POST /v1/auth/sign-out',
]

/** A valid body for each route that needs one. */
export const bodies: Readonly<Record<string, (names: Names) => unknown>> = {
  'POST /v1/sessions/message': ({ session }) => ({ session_id: session, message: 'me too' }),
  'POST /v1/sessions/action': ({ session }) => ({ session_id: session, action: 'summarize' }),
  'PATCH /v1/sessions/{session}': () => ({ title: 'mine now' }),
  'PATCH /v1/sessions/{session}/list-entry': () => ({ archived: true }),
  'POST /v1/sessions/{session}/turns/{turn}/regenerate': () => ({}),
  'POST /v1/sessions/{session}/calls/{call}/decision': () => ({ approved: true }),
  'POST /v1/sessions/{session}/calls/{call}/resolution': () => ({ outcome: 'happened' }),
  'POST /v1/sessions/{session}/pause': () => ({ paused: true }),
  'PUT /v1/sessions/{session}/branch': ({ turn }) => ({ turn_id: turn }),
  'POST /v1/sessions/{session}/fork': ({ turn }) => ({ turn_id: turn }),
  'POST /v1/sessions/export': ({ session }) => ({ session_id: session }),
  'POST /v1/sessions/import': () => ({ chats: ['{}'] }),
  'PUT /v1/me/instructions': () => ({ instructions: 'Answer briefly.' }),
  'POST /v1/me/mfa': () => ({}),
  'POST /v1/me/mfa/verify': () => ({ code: '000000' }),
  'POST /v1/me/mfa/recovery-codes': () => ({ code: '000000' }),
  'POST /v1/me/mfa/disable': () => ({ code: '000000' }),
  'PUT /v1/sign-in-rules': () => ({ require_mfa: 'none' }),
  'POST /v1/keys': () => ({ name: 'second' }),
  'PUT /v1/users/{subject}': () => ({ role: 'viewer' }),
  'PUT /v1/policy': () => ({ revision: 1, plan: {}, signature: 'x' }),
  'POST /v1/policy/explain': ({ session }) => ({ action: 'session.read', resource: { kind: 'session', id: session } }),
  'POST /v1/policy/what-if': () => ({ plan: {} }),
  'POST /v1/data/soma/policy/{rule}': ({ session }) => ({
    input: { principal: { id: 'alice', tenant: 'acme' }, action: 'session.read', resource: { tenant: 'acme', id: session } },
  }),
  'POST /v1/constitution/validate': () => ({ constitution: {}, what_if: {} }),
  'POST /v1/constitution/load': () => ({ constitution: {}, signature: 'a.b.c' }),
  'POST /v1/constitution/rollback': () => ({ version: 1 }),
  'POST /constitution/validate': () => ({ input: { action: 'session.list' } }),
  'POST /constitution/load': () => ({ version: 1, signature: 'a.b.c' }),
  'POST /v1/relations': ({ session }) => ({ writes: [{ object: `session:${session}`, relation: 'viewer', user: 'user:bob' }] }),
  'POST /v1/relations/check': ({ session }) => ({ object: `session:${session}`, relation: 'viewer', user: 'user:alice' }),
  'POST /v1/uploads': () => ({}),
  'POST /v1/files': () => ({}),
  'PATCH /v1/uploads/tus/{upload}': () => ({}),
  'POST /v1/workdir/upload': () => ({}),
  'POST /v1/workdir/delete': ({ session }) => ({ session_id: session, path: 'plan.md' }),
  'POST /v1/remember': () => ({ key: 'a fact', value: 'of one’s own' }),
  'POST /v1/memory/store': () => ({ coord: '1,2', payload: { fact: 'of one’s own' } }),
  'POST /v1/memory/store_bulk': () => ({ items: [{ coord: '1,3', payload: { fact: 'of one’s own' } }] }),
  'POST /v1/memory/recall': () => ({ query: 'a fact', top_k: 20, hybrid: true }),
  'POST /v1/memory/recall_batch': () => ({ queries: ['a fact'] }),
  'POST /v1/memory/recall_with_scores': () => ({ query: 'a fact' }),
  'POST /v1/memory/hybrid_recall_with_scores': () => ({ query: 'a fact' }),
  'POST /v1/memory/recall_with_context': () => ({ query: 'a fact', context: { of: 'one’s own' } }),
  'POST /v1/memory/keyword_search': () => ({ term: 'fact' }),
  'POST /v1/memory/delete_many': ({ coord }) => ({ coords: [coord] }),
  'POST /v1/memory/prune': () => ({ max_memories: 10, dry_run: false }),
  'POST /v1/memory/link': () => ({ from_coord: '1,2', to_coord: '1,2' }),
  'POST /v1/memory/unlink': ({ coord }) => ({ from_coord: coord, to_coord: coord }),
  'POST /v1/memory/import': () => ({ lines: [{ kind: 'link', from_coord: '1,2', to_coord: '1,2', type: 'related', weight: 1 }] }),
  'POST /v1/personas': () => ({ name: 'another' }),
  'PUT /v1/personas/{persona}': () => ({ name: 'mine now', version: 1 }),
  'POST /v1/tool/request': ({ session }) => ({ session_id: session, tool_name: 'echo', args: { text: 'me too' } }),
  'POST /v1/mcp-servers': ({ server }) => ({ id: server, url: 'http://10.0.0.1/mcp' }),
  'POST /v1/mcp-servers/{server}/sign-in': () => ({}),
  'PUT /v1/mcp-servers/{server}': () => ({ url: 'http://10.0.0.1/mcp', version: 1 }),
  'PUT /v1/tool-catalog/{name}': () => ({ enabled: false }),
  'POST /v1/model-profiles': ({ role }) => ({ role, model: 'm', base_url: 'https://api.example.com/v1' }),
  'PUT /v1/model-profiles/{role}/{deployment_mode}': () => ({ model: 'm', base_url: 'https://api.example.com/v1' }),
  'POST /v1/route': () => ({ candidates: ['builtin'] }),
  'POST /v1/ai-sdk/{persona}': ({ session }) => ({
    id: session,
    messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  }),
  'POST /v1/ag-ui/{persona}': ({ session }) => ({ threadId: session, runId: 'r', messages: [{ id: 'm', role: 'user', content: 'hi' }] }),
  'POST /v1/messages': ({ session }) => ({
    model: 'default',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hello' }],
    session_id: session,
  }),
  'POST /v1/responses': ({ session }) => ({ model: 'default', input: 'hello', conversation: session }),
  'POST /v1/chat/completions': ({ session }) => ({
    model: 'default',
    messages: [{ role: 'user', content: 'hello' }],
    session_id: session,
  }),
  'POST /v1/embeddings': () => ({ model: 'default', input: 'hello' }),
  'POST /v1/llm/invoke': () => ({ messages: [{ role: 'user', content: 'hello' }] }),
  'POST /v1/llm/invoke/stream': () => ({ messages: [{ role: 'user', content: 'hello' }] }),
  'PUT /v1/settings': () => ({}),
  'PUT /v1/settings/models/{name}': () => ({ profile: { provider: 'builtin', model: 'm' } }),
  'PUT /v1/llm/credentials/{provider}': () => ({ secret: 'not-the-same-secret' }),
  'POST /v1/llm/credentials': ({ provider }) => ({ provider, secret: 'not-the-same-secret' }),
  'POST /v1/signing-keys': () => ({}),
  'POST /v1/admin/restore': () => ({ tenant: 'acme', session: 'x', backup: crypto.randomUUID(), lines: [] }),
  'POST /v1/admin/object/restore': () => ({ kind: 'settings', tenant: 'acme', backup: crypto.randomUUID(), lines: [] }),
  'POST /v1/admin/copies/prune': () => ({ after: null }),
}

/** Routes that create a session under a name of the client. A name of another user's session gives 404, which reveals that it exists. */
export const createsSession = new Set([
  'POST /v1/sessions/message',
  'POST /v1/sessions/action',
  'POST /v1/tool/request',
  'POST /v1/messages',
  'POST /v1/responses',
  'POST /v1/ai-sdk/{persona}',
  'POST /v1/ag-ui/{persona}',
  'POST /v1/chat/completions',
])
/** Routes that answer 204 for a missing session, and so for a hidden one. */
export const silentWhenMissing = new Set(['GET /v1/ai-sdk/{persona}/{session}/stream'])
/** Routes that list the caller's own requests. Their answers grow and contain the requested names. */
export const listsOwnRequests = new Set(['GET /v1/audit', 'GET /v1/audit/export', 'GET /v1/settings/history'])

/** The query of each path that needs one. */
const queries: Readonly<Record<string, string>> = {
  '/v1/memory/range': '?min=0,0&max=9,9',
  '/v1/memory/neighbors': '?coord=1,2',
  '/v1/memory/shortest_path': '?frm=1,2&to=1,2',
  '/v1/workdir/list': '?session_id={session}',
  '/v1/workdir/download': '?session_id={session}&path=plan.md',
}

/** The path with the names filled in. Throws if a name has no value here. */
export const pathOf = (path: string, names: Names): string =>
  (path + (queries[path] ?? '')).replace(/\{(\w+)\}/g, (_, name: keyof Names | 'response' | 'model' | 'file') => {
    if (name === 'response') return responseId({ session: names.session, seq: 1, turn: names.turn })
    if (name === 'model') return names.name
    if (name === 'file') return names.attachment
    // A face takes a persona that exists, so that only the session decides.
    if (name === 'persona' && /^\/v1\/(ai-sdk|ag-ui)\//.test(path)) return 'default'
    if (!(name in names)) throw new Error(`{${name}} of ${path} has no value. Add it to this file.`)
    return encodeURIComponent(names[name])
  })

/** Every route of the OpenAPI document. */
export async function operationsOf(url: string): Promise<Operation[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { security?: unknown[]; requestBody?: { required?: boolean } }>>
  }
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, { security, requestBody }]) => {
      const method = name.toUpperCase()
      return { route: `${method} ${path}`, method, path, needsBody: requestBody?.required === true, isPublic: security?.length === 0 }
    }),
  )
}
