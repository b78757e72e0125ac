/** `/v1/users`: the tenant's users and their roles. For owners, admins, and the operator who sets the first owner. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import type { User } from '../../../durable-objects/accounts/users.ts'
import { ListUsers, SetRole, UserList, UserPath, UserSummary } from '../../../shared/api/accounts.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { isAdmin, type Role } from '../../../shared/identity/role.ts'
import { adminScope } from '../../../shared/identity/scope.ts'
import { Subject } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import { accountsOf } from '../auth/credential-status.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Users']
const pageUsers = 100

const list = createRoute({
  method: 'get',
  path: '/v1/users',
  tags,
  summary: "List the tenant's users by subject",
  request: { query: ListUsers },
  responses: { 200: json(UserList), ...problems(400, 401, 403) },
})
const get = createRoute({
  method: 'get',
  path: '/v1/users/{subject}',
  tags,
  summary: 'Show a user',
  request: { params: UserPath },
  responses: { 200: json(UserSummary), ...problems(401, 403, 404) },
})
const put = createRoute({
  method: 'put',
  path: '/v1/users/{subject}',
  tags,
  summary: "Set a user's role, or add a user before the first sign-in",
  description:
    'The role applies everywhere within two seconds, also to running turns. Only owners can appoint owners. A subject belongs to the issuer that first brings it; `issuer` sets another one.',
  request: { params: UserPath, body: jsonBody(SetRole) },
  responses: { 200: json(UserSummary), ...problems(400, 401, 403, 409) },
})
const remove = createRoute({
  method: 'delete',
  path: '/v1/users/{subject}',
  tags,
  summary: 'Remove a user',
  description:
    "Ends the user's sign-ins, tokens and API keys within two seconds. Conversations stay. The user cannot sign in again without a new role.",
  request: { params: UserPath },
  responses: { 204: { description: 'Removed' }, ...problems(401, 403, 404, 409) },
})

/** The role that a principal manages users with; null: none. With the scope, an operator's token acts as owner. */
export function authority({ roles, scopes, via }: Principal): Role | null {
  if (via === 'token' && scopes.includes(adminScope)) return 'owner'
  return roles.find(isAdmin) ?? null
}

const requireAdmin = createMiddleware<Gateway>(async (c, next) => {
  if (!authority(c.var.principal)) return problem(c, { kind: 'needs_role', role: 'admin' })
  return next()
})

const summary = ({ subject, name, role, createdAt, signedInAt, mfa, issuer }: User): UserSummary => ({
  subject,
  name,
  role,
  created_at: createdAt,
  signed_in_at: signedInAt,
  mfa,
  ...(issuer !== undefined && { issuer }),
})

const routes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
routes.use('/v1/users', requireAdmin)
routes.use('/v1/users/*', requireAdmin)

export const userRoutes = routes
  .openapi(list, async (c) => {
    const page = await accountsOf(c.env, c.var.principal.tenant).users(c.req.valid('query').after, pageUsers)
    return c.json({ users: page.map(summary), next: page.length === pageUsers ? (page.at(-1)?.subject ?? null) : null }, 200)
  })
  .openapi(get, async (c) => {
    const user = await accountsOf(c.env, c.var.principal.tenant).user(c.req.valid('param').subject)
    return user ? c.json(summary(user), 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(put, async (c) => {
    const subject = Subject.safeParse(c.req.valid('param').subject)
    if (!subject.success)
      return problem(c, { kind: 'invalid', errors: [{ pointer: 'param/subject', detail: 'must be 1 to 255 printable characters' }] })
    const by = authority(c.var.principal) ?? 'viewer'
    const body = c.req.valid('json')
    const updated = await accountsOf(c.env, c.var.principal.tenant).appoint(by, subject.data, body.role, body.issuer)
    if (!updated.ok) return problem(c, updated.error)
    const { role } = updated.value
    await recordAudit(c, {
      action: 'user.appoint',
      target: `user:${subject.data}`,
      outcome: 'done',
      detail: { role, ...(body.issuer !== undefined && { issuer: body.issuer }) },
    })
    return c.json(summary(updated.value), 200)
  })
  .openapi(remove, async (c) => {
    const by = authority(c.var.principal) ?? 'viewer'
    const subject = Subject.safeParse(c.req.valid('param').subject)
    if (!subject.success) return problem(c, { kind: 'not_found' })
    const removed = await accountsOf(c.env, c.var.principal.tenant).dismiss(by, subject.data)
    if (!removed.ok) return problem(c, removed.error)
    await recordAudit(c, { action: 'user.remove', target: `user:${subject.data}`, outcome: 'done' })
    return c.body(null, 204)
  })
