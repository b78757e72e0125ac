/**
 * A request that names a tenant other than its principal's. Nothing of ours takes a tenant from there, so it would do no harm; but
 * whoever says so is mistaken or tries something, and is told, and it is on the trail. Operators' routes do name tenants.
 */
import { createMiddleware } from 'hono/factory'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'

const headers = ['x-tenant', 'x-tenant-id', 'x-soma-tenant', 'x-org-id']
const fields = ['tenant', 'tenant_id', 'tenantId']
/** Bodies of this route hold whole conversations. */
const unread = '/v1/sessions/import'

export const rejectForeignTenant = createMiddleware<Gateway>(async (c, next) => {
  if (c.req.path.startsWith('/v1/admin/')) return next()
  const named = (await namedTenants(c)).find((name) => name !== c.get('principal').tenant)
  if (named === undefined) return next()
  await recordAudit(c, { action: 'tenant.name', target: '', outcome: 'denied', detail: { route: `${c.req.method} ${c.req.path}` } })
  return problem(c, { kind: 'denied', action: 'tenant.name', reasons: ['other_tenant'] })
})

async function namedTenants(c: GatewayContext): Promise<unknown[]> {
  const said = [...headers.map((name) => c.req.header(name)), ...fields.flatMap((name) => c.req.queries(name) ?? [])]
  if (c.req.header('content-type') !== undefined && c.req.path !== unread) {
    // A body that is none is for the route to refuse.
    const body: unknown = await c.req.json().catch(() => undefined)
    if (typeof body === 'object' && body !== null)
      said.push(...fields.map((name) => (Object.hasOwn(body, name) ? (body as Record<string, string>)[name] : undefined)))
  }
  return said.filter((name) => name !== undefined)
}
