/**
 * Rejects and audits a request that names a tenant other than its principal's. No route reads a tenant from there.
 * The client is mistaken or probes for a weakness. Routes for operators do name tenants.
 */
import { createMiddleware } from 'hono/factory'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'

const headers = ['x-tenant', 'x-tenant-id', 'x-soma-tenant', 'x-org-id']
const fields = ['tenant', 'tenant_id', 'tenantId']
/** Bodies of this route hold conversations, so they are not searched. */
const unsearchedPath = '/v1/sessions/import'

/** Answers 403 if a header, query parameter or body field names another tenant. */
export const rejectForeignTenant = createMiddleware<Gateway>(async (c, next) => {
  if (c.req.path.startsWith('/v1/admin/')) return next()
  const foreign = (await namedTenants(c)).find((name) => name !== c.get('principal').tenant)
  if (foreign === undefined) return next()
  await recordAudit(c, { action: 'tenant.name', target: '', outcome: 'denied', detail: { route: `${c.req.method} ${c.req.path}` } })
  return problem(c, { kind: 'denied', action: 'tenant.name', reasons: ['other_tenant'] })
})

async function namedTenants(c: GatewayContext): Promise<unknown[]> {
  const names = [...headers.map((name) => c.req.header(name)), ...fields.flatMap((name) => c.req.queries(name) ?? [])]
  if (c.req.header('content-type') !== undefined && c.req.path !== unsearchedPath) {
    // The route refuses a body that is not JSON.
    const body: unknown = await c.req.json().catch(() => undefined)
    if (typeof body === 'object' && body !== null)
      names.push(...fields.map((name) => (Object.hasOwn(body, name) ? (body as Record<string, string>)[name] : undefined)))
  }
  return names.filter((name) => name !== undefined)
}
