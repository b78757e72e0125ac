/**
 * The policy action of each route. A route without a row returns 404, so no route is without a policy.
 * Paths are written as in `/openapi.json`.
 */
import type { PolicyAction } from '../../../shared/policy/policy-actions.ts'

/** How the decision is audited. */
export type AuditMode =
  /** The decision is durable before the change starts. For changes that affect other users' rights. */
  | 'sync'
  /** The decision is recorded with the next batch. A conversation's own log records its changes at once. */
  | 'batched'

/** The policy action of a route, and what the decision needs to know. */
export interface Action {
  readonly action: PolicyAction
  /** Where the request names its session, if it has one. */
  readonly session?: 'path' | 'body' | 'query'
  /** The field of the body, if the protocol has a name of its own for a session. */
  readonly sessionField?: string
  /** The request accesses the caller's memory. */
  readonly memory?: true
  /** The response shows nothing of the session, so the caller needs no right to read it. */
  readonly showsNothing?: true
  readonly audit: AuditMode
}

/** A route without a policy decision: public, or checked by the route itself. */
export const publicRoute = 'public'

const action = (action: PolicyAction): Action => ({ action, audit: 'batched' })
const change = (action: PolicyAction): Action => ({ action, audit: 'sync' })
const session = (action: PolicyAction): Action => ({ action, session: 'path', audit: 'batched' })
const sessionInBody = (action: PolicyAction, field?: string): Action => ({
  action,
  session: 'body',
  ...(field !== undefined && { sessionField: field }),
  audit: 'batched',
})
const sessionInQuery = (action: PolicyAction): Action => ({ action, session: 'query', audit: 'batched' })

const memory = (action: PolicyAction): Action => ({ action, memory: true, audit: 'batched' })

const routes = {
  'GET /v1/health': publicRoute,
  'GET /ready': publicRoute,
  'GET /v1/auth/methods': publicRoute,
  'POST /v1/auth/dev': publicRoute,
  'GET /v1/auth/oidc/start': publicRoute,
  'GET /v1/auth/oidc/callback': publicRoute,
  'GET /v1/auth/mcp/callback': publicRoute,
  'POST /v1/auth/mfa': publicRoute,
  'POST /v1/auth/sign-out': publicRoute,
  // Every signed-in user may read their own identity.
  'GET /v1/me': publicRoute,
  // The refresh token authenticates the request.
  'POST /v1/auth/refresh': publicRoute,
  'POST /v1/auth/tokens': publicRoute,
  'POST /v1/auth/revoke': publicRoute,
  'POST /v1/auth/sign-out-everywhere': publicRoute,

  // The caller's own keys. For other users' keys and for scopes, the route checks the role.
  'GET /v1/keys': action('account.read'),
  'POST /v1/keys': change('account.update'),
  'DELETE /v1/keys/{id}': change('account.update'),
  'GET /v1/me/mfa': action('account.read'),
  'POST /v1/me/mfa': change('account.update'),
  'POST /v1/me/mfa/verify': change('account.update'),
  'POST /v1/me/mfa/recovery-codes': change('account.update'),
  'POST /v1/me/mfa/disable': change('account.update'),
  'GET /v1/me/instructions': action('account.read'),
  'PUT /v1/me/instructions': change('account.update'),
  'GET /v1/me/sign-ins': action('account.read'),
  'DELETE /v1/me/sign-ins': change('account.update'),
  'DELETE /v1/me/sign-ins/{sign_in}': change('account.update'),
  'GET /v1/sign-in-rules': action('admin.users.read'),
  'PUT /v1/sign-in-rules': change('admin.tenant.update'),
  'DELETE /v1/users/{subject}/mfa': change('admin.users.update'),
  'GET /v1/users': action('admin.users.read'),
  'GET /v1/users/{subject}': action('admin.users.read'),
  'PUT /v1/users/{subject}': change('admin.roles.update'),
  'DELETE /v1/users/{subject}': change('admin.users.update'),

  'POST /v1/sessions/message': sessionInBody('conversation.send'),
  'POST /v1/session/message': sessionInBody('conversation.send'),
  'POST /v1/sessions/action': sessionInBody('conversation.send'),
  'GET /v1/sessions': action('session.list'),
  'GET /v1/shared-sessions': action('session.list'),
  'GET /v1/sessions/{session}': session('session.read'),
  'PATCH /v1/sessions/{session}': session('session.update'),
  'PATCH /v1/sessions/{session}/list-entry': session('session.update'),
  'DELETE /v1/sessions/{session}': { ...session('session.delete'), showsNothing: true },
  // Who may delete a session may restore it. The policy is asked for the same action, so that a policy of an older release knows it.
  'POST /v1/sessions/{session}/trash': { ...session('session.delete'), showsNothing: true },
  'POST /v1/sessions/{session}/untrash': { ...session('session.delete'), showsNothing: true },
  'GET /v1/sessions/{session}/history': session('conversation.read'),
  'GET /v1/sessions/{session}/events': session('conversation.read'),
  'GET /v1/sessions/{session}/stream': session('conversation.read'),
  'GET /v1/streams/{session}': session('conversation.read'),
  'GET /v1/sessions/{session}/context-window': session('conversation.read'),
  'GET /v1/sessions/{session}/turns/{turn}': session('conversation.read'),
  'POST /v1/sessions/{session}/turns/{turn}/cancel': session('session.cancel'),
  'POST /v1/sessions/{session}/turns/{turn}/regenerate': session('conversation.send'),
  // The routes also authorize `tool.approve`, with who asked for the turn.
  'GET /v1/sessions/{session}/calls/{call}': session('conversation.read'),
  'POST /v1/sessions/{session}/calls/{call}/decision': session('conversation.read'),
  'POST /v1/sessions/{session}/calls/{call}/resolution': session('conversation.read'),
  'GET /v1/sessions/{session}/approvals': session('conversation.read'),
  'DELETE /v1/sessions/{session}/approvals/{name}': session('session.steer'),
  'POST /v1/sessions/{session}/pause': session('session.steer'),
  'POST /v1/sessions/{session}/reset': session('conversation.reset'),
  'GET /v1/sessions/{session}/branches': session('conversation.read'),
  'PUT /v1/sessions/{session}/branch': session('session.steer'),
  'POST /v1/sessions/{session}/fork': session('session.fork'),
  'GET /v1/sessions/{session}/export': session('session.export'),
  'POST /v1/sessions/export': sessionInBody('session.export'),
  'POST /v1/sessions/import': action('session.import'),

  'POST /v1/uploads': action('attachment.write'),
  // The object compares the owner of the upload.
  'POST /v1/uploads/tus': action('attachment.write'),
  'GET /v1/uploads/tus/{upload}': action('attachment.write'),
  'PATCH /v1/uploads/tus/{upload}': action('attachment.write'),
  'DELETE /v1/uploads/tus/{upload}': action('attachment.write'),
  // The route authorizes `attachment.read` or `attachment.delete` for each session that has the attachment.
  'GET /v1/attachments/{attachment}': publicRoute,
  'DELETE /v1/attachments/{attachment}': publicRoute,
  'POST /v1/files': action('attachment.write'),
  'GET /v1/files/{file}': publicRoute,
  'GET /v1/files/{file}/content': publicRoute,
  'DELETE /v1/files/{file}': publicRoute,
  'GET /v1/sessions/{session}/attachments': session('attachment.read'),

  'GET /v1/workdir/list': sessionInQuery('workdir.read'),
  'GET /v1/workdir/download': sessionInQuery('workdir.read'),
  // The form names its session. The route authorizes `workdir.write` for it.
  'POST /v1/workdir/upload': action('workdir.write'),
  'POST /v1/workdir/delete': sessionInBody('workdir.write'),

  'POST /v1/remember': memory('memory.write'),
  'GET /v1/recall/{key}': memory('memory.recall'),
  'GET /v1/memories': memory('memory.recall'),
  'DELETE /v1/memories': memory('memory.delete'),
  'DELETE /v1/memories/{memory}': memory('memory.delete'),
  'POST /v1/memory/store': memory('memory.write'),
  'POST /v1/memory/store_bulk': memory('memory.write'),
  'POST /v1/memory/delete_many': memory('memory.delete'),
  'POST /v1/memory/recall': memory('memory.recall'),
  'GET /v1/memory/recall': memory('memory.recall'),
  'POST /v1/memory/recall_batch': memory('memory.recall'),
  'POST /v1/memory/recall_with_scores': memory('memory.recall'),
  'POST /v1/memory/hybrid_recall_with_scores': memory('memory.recall'),
  'POST /v1/memory/recall_with_context': memory('memory.recall'),
  'POST /v1/memory/keyword_search': memory('memory.recall'),
  'GET /v1/memory/range': memory('memory.recall'),
  'GET /v1/memory/stats': memory('memory.recall'),
  'GET /v1/memory/memories/{coord}': memory('memory.recall'),
  'DELETE /v1/memory/memories/{coord}': memory('memory.delete'),
  'POST /v1/memory/prune': memory('memory.delete'),
  'POST /v1/memory/link': memory('memory.write'),
  'POST /v1/memory/unlink': memory('memory.delete'),
  'GET /v1/memory/neighbors': memory('memory.recall'),
  'GET /v1/memory/shortest_path': memory('memory.recall'),
  'GET /v1/memory/export': memory('memory.recall'),
  'POST /v1/memory/import': memory('memory.write'),

  'GET /v1/policy': action('admin.policy.read'),
  'PUT /v1/policy': change('admin.policy.update'),
  'POST /v1/policy/explain': action('admin.policy.explain'),
  'POST /v1/policy/what-if': action('admin.policy.explain'),
  'POST /v1/data/soma/policy/{rule}': action('admin.policy.explain'),

  'GET /v1/constitution': action('constitution.read'),
  'GET /v1/constitution/version': action('constitution.read'),
  'GET /v1/constitution/versions': action('constitution.read'),
  'POST /v1/constitution/validate': action('admin.constitution.validate'),
  'POST /v1/constitution/load': change('admin.constitution.update'),
  'POST /v1/constitution/rollback': change('admin.constitution.update'),
  'GET /constitution/version': action('constitution.read'),
  'POST /constitution/validate': action('admin.constitution.validate'),
  'POST /constitution/load': change('admin.constitution.update'),

  // Lists the people that a session can be shared with.
  'GET /v1/people': action('relation.read'),

  // The routes also authorize each object: `session.share` or `admin.relations`.
  'GET /v1/relations': action('relation.read'),
  'POST /v1/relations': action('relation.write'),
  'POST /v1/relations/check': action('relation.check'),
  // One action covers all settings: only admins change them.
  'GET /v1/settings': action('settings.read'),
  'PUT /v1/settings': change('settings.update'),
  'GET /v1/settings/history': action('settings.read'),
  'GET /v1/settings/models/{name}': action('settings.read'),
  'PUT /v1/settings/models/{name}': change('settings.update'),
  'DELETE /v1/settings/models/{name}': change('settings.update'),
  'POST /v1/settings/models/{name}/test': change('settings.update'),
  'POST /v1/settings/data-key/rotate': change('settings.update'),
  'GET /v1/llm/credentials': action('settings.read'),
  'POST /v1/llm/credentials': change('settings.update'),
  'GET /v1/llm/credentials/{provider}': action('settings.read'),
  'PUT /v1/llm/credentials/{provider}': change('settings.update'),
  'DELETE /v1/llm/credentials/{provider}': change('settings.update'),
  'POST /v1/llm/credentials/{provider}/fernet': change('settings.update'),
  'GET /v1/budgets': action('settings.read'),
  // The routes also authorize `persona.update` for the persona: an admin's, or the caller's own.
  'GET /v1/personas': action('persona.read'),
  'POST /v1/personas': action('persona.read'),
  'GET /v1/personas/{persona}': action('persona.read'),
  'PUT /v1/personas/{persona}': action('persona.read'),
  'DELETE /v1/personas/{persona}': action('persona.read'),
  // The tools Worker also authorizes `tool.execute` for the call.
  'POST /v1/tool/request': sessionInBody('conversation.send'),
  'GET /v1/mcp-servers': action('settings.read'),
  'POST /v1/mcp-servers': change('settings.update'),
  'GET /v1/mcp-servers/{server}': action('settings.read'),
  'PUT /v1/mcp-servers/{server}': change('settings.update'),
  'DELETE /v1/mcp-servers/{server}': change('settings.update'),
  'POST /v1/mcp-servers/{server}/refresh': change('settings.update'),
  'POST /v1/mcp-servers/{server}/sign-in': change('settings.update'),
  'GET /v1/mcp-sign-ins/finish': change('settings.update'),
  'GET /v1/tools': action('tool.catalog.read'),
  'GET /v1/tool-catalog': action('tool.catalog.read'),
  'GET /v1/tool-catalog/{name}': action('tool.catalog.read'),
  'PUT /v1/tool-catalog/{name}': change('tool.catalog.update'),
  'GET /v1/model-profiles': action('settings.read'),
  'POST /v1/model-profiles': change('settings.update'),
  'GET /v1/model-profiles/{role}/{deployment_mode}': action('settings.read'),
  'PUT /v1/model-profiles/{role}/{deployment_mode}': change('settings.update'),
  'DELETE /v1/model-profiles/{role}/{deployment_mode}': change('settings.update'),
  // The conversation Worker also authorizes `model.invoke` for each model.
  'GET /v1/models': action('settings.read'),
  'GET /v1/models/{model}': action('settings.read'),
  'GET /v1/model-endpoints': action('settings.read'),
  'POST /v1/route': action('settings.read'),
  // Each tool of the protocol is a request of another route.
  'POST /mcp': publicRoute,
  'POST /a2a/{persona}': publicRoute,
  'POST /v1/messages': sessionInBody('conversation.send'),
  'POST /v1/responses': sessionInBody('conversation.send'),
  // The id of a response names its session.
  'GET /v1/responses/{response}': session('conversation.read'),
  'GET /v1/responses/{response}/input_items': session('conversation.read'),
  'POST /v1/responses/{response}/cancel': session('session.cancel'),
  'POST /v1/ai-sdk/{persona}': sessionInBody('conversation.send', 'id'),
  'GET /v1/ai-sdk/{persona}/{session}/stream': session('conversation.read'),
  'POST /v1/ag-ui/{persona}': sessionInBody('conversation.send', 'threadId'),
  'POST /v1/chat/completions': sessionInBody('conversation.send'),
  'POST /v1/llm/invoke': action('conversation.send'),
  'POST /v1/embeddings': action('conversation.send'),
  'POST /v1/llm/invoke/stream': action('conversation.send'),

  'GET /v1/audit': action('admin.audit.read'),
  'GET /v1/audit/export': action('admin.audit.export'),

  'GET /v1/signing-keys': action('platform.keys.read'),
  'POST /v1/signing-keys': change('platform.keys.update'),
  'DELETE /v1/signing-keys/{kid}': change('platform.keys.update'),

  'GET /v1/admin/tenants': action('platform.read'),
  'GET /v1/admin/subjects': action('platform.read'),
  'GET /v1/admin/sessions': action('platform.read'),
  'GET /v1/admin/snapshot': action('platform.backup'),
  'POST /v1/admin/restore': change('platform.restore'),
  'GET /v1/admin/object': action('platform.backup'),
  'POST /v1/admin/object/restore': change('platform.restore'),
  'POST /v1/admin/copies/prune': change('platform.restore'),
} satisfies Readonly<Record<string, Action | typeof publicRoute>>

/** A row of the table: method and path. */
export type Route = keyof typeof routes

/** The action of each route, by method and path. */
export const actions: Readonly<Record<string, Action | typeof publicRoute>> = routes

interface Template {
  readonly segments: readonly string[]
  readonly entry: Action | typeof publicRoute
}

const exactRoutes = new Map<string, Action | typeof publicRoute>()
const templates = new Map<string, Template[]>()
for (const [route, entry] of Object.entries(actions)) {
  const [method = '', path = ''] = route.split(' ')
  if (!path.includes('{')) exactRoutes.set(route, entry)
  else {
    const segments = path.split('/')
    const key = `${method} ${segments.length}`
    templates.set(key, [...(templates.get(key) ?? []), { segments, entry }])
  }
}

/** A route of the table that matches a request, with its path parameters. */
export interface ActionMatch {
  readonly entry: Action | typeof publicRoute
  readonly params: Readonly<Record<string, string>>
}

/** The row of a request; undefined: no such route. Literal segments win over parameters, as in the router. */
export function actionOf(method: string, path: string): ActionMatch | undefined {
  const verb = method === 'HEAD' ? 'GET' : method
  const entry = exactRoutes.get(`${verb} ${path}`)
  if (entry) return { entry, params: {} }
  const parts = path.split('/')
  for (const template of templates.get(`${verb} ${parts.length}`) ?? []) {
    const params: Record<string, string> = {}
    const matches = template.segments.every((segment, index) => {
      const part = parts[index] ?? ''
      if (!segment.startsWith('{')) return segment === part
      params[segment.slice(1, -1)] = part
      return part !== ''
    })
    if (matches) return { entry: template.entry, params }
  }
  return undefined
}
