/** `/v1/keys`: API keys. Users manage their own keys; owners and admins manage all keys of the tenant. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiKey } from '../../../durable-objects/accounts/api-keys.ts'
import { ApiKeyList, ApiKeyPath, type ApiKeySummary, CreatedApiKey, NewApiKey } from '../../../shared/api/accounts.ts'
import { prefixOf } from '../../../shared/identity/credential.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { isAdmin } from '../../../shared/identity/role.ts'
import { adminScope, grantableScopes, keysScope } from '../../../shared/identity/scope.ts'
import type { TenantId } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import { recordAudit } from '../audit/record.ts'
import { accountsOf } from '../auth/credential-status.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'

const tags = ['API keys']
const dayMs = 86_400_000

const list = createRoute({
  method: 'get',
  path: '/v1/keys',
  tags,
  summary: 'List API keys, newest first',
  description: `Lists your own keys. Owners and admins see all keys of the tenant. A token or an API key needs the scope \`${keysScope}\`.`,
  responses: { 200: json(ApiKeyList), ...problems(401, 403) },
})
const create = createRoute({
  method: 'post',
  path: '/v1/keys',
  tags,
  summary: 'Create an API key',
  description: `No later response shows the key. It acts for you with at most the role member, unless it has the scope \`${adminScope}\`.`,
  request: { body: jsonBody(NewApiKey) },
  responses: { 201: json(CreatedApiKey, 'Created'), ...problems(400, 401, 403, 409) },
})
const revoke = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  tags,
  summary: 'Revoke an API key',
  description: 'The change applies everywhere within two seconds.',
  request: { params: ApiKeyPath },
  responses: { 204: { description: 'Revoked' }, ...problems(401, 403, 404) },
})

const isTenantAdmin = ({ roles }: Principal): boolean => roles.some(isAdmin)

/** A browser sign-in manages its own keys. Every other credential needs the scope. */
const canManageKeys = ({ via, scopes }: Principal): boolean => via === 'cookie' || scopes.includes(keysScope) || scopes.includes(adminScope)

/** The refusal if the principal cannot grant these scopes; null: no refusal. A user cannot grant more rights than they have. */
function scopeRefusal(principal: Principal, scopes: readonly string[]): Failure | null {
  const unknown = scopes.find((scope) => !(grantableScopes as readonly string[]).includes(scope))
  if (unknown !== undefined)
    return { kind: 'invalid', errors: [{ pointer: '/scopes', detail: `\`${unknown}\` is not a scope of an API key` }] }
  const missing = scopes.find((scope) => scope !== keysScope && !isTenantAdmin(principal))
  return missing === undefined ? null : { kind: 'needs_role', role: 'admin' }
}

const summary = (tenant: TenantId, key: ApiKey): ApiKeySummary => ({
  id: key.id,
  prefix: prefixOf('soma', tenant, key.id),
  name: key.name,
  subject: key.subject,
  scopes: [...key.scopes],
  created_at: key.createdAt,
  expires_at: key.expiresAt,
  last_used_at: key.lastUsedAt,
})

export const apiKeyRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const principal = c.var.principal
    if (!canManageKeys(principal)) return problem(c, { kind: 'forbidden', scope: keysScope })
    const keys = await accountsOf(c.env, principal.tenant).keys(isTenantAdmin(principal) ? null : principal.subject)
    return c.json({ keys: keys.map((key) => summary(principal.tenant, key)) }, 200)
  })
  .openapi(create, async (c) => {
    const principal = c.var.principal
    if (!canManageKeys(principal)) return problem(c, { kind: 'forbidden', scope: keysScope })
    const { name, scopes, expires_in_days } = c.req.valid('json')
    const refusal = scopeRefusal(principal, scopes)
    if (refusal) return problem(c, refusal)
    const expiresAt = expires_in_days === null ? null : Date.now() + expires_in_days * dayMs
    const created = await accountsOf(c.env, principal.tenant).makeKey({
      subject: principal.subject,
      name,
      scopes: [...new Set(scopes)],
      expiresAt,
    })
    if (!created.ok) return problem(c, created.error)
    await recordAudit(c, { action: 'api_key.create', target: `api_key:${created.value.key.id}`, outcome: 'done', detail: { scopes } })
    return c.json({ key: created.value.text, ...summary(principal.tenant, created.value.key) }, 201, { 'cache-control': 'no-store' })
  })
  .openapi(revoke, async (c) => {
    const principal = c.var.principal
    if (!canManageKeys(principal)) return problem(c, { kind: 'forbidden', scope: keysScope })
    const revoked = await accountsOf(c.env, principal.tenant).revokeKey(
      c.req.valid('param').id,
      isTenantAdmin(principal) ? null : principal.subject,
    )
    if (!revoked.ok) return problem(c, revoked.error)
    await recordAudit(c, {
      action: 'api_key.revoke',
      target: `api_key:${revoked.value.id}`,
      outcome: 'done',
      detail: { of: revoked.value.subject },
    })
    return c.body(null, 204)
  })
