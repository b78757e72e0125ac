/**
 * Rejects and audits a request that names a tenant other than its principal's. The client is mistaken or probes for a weakness. Only
 * routes for operators read a tenant from the request.
 */
import { createMiddleware } from 'hono/factory'
import { recordAudit } from '../audit/record.ts'
import { isJson, readJson } from '../http/body.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'

const headers = ['x-tenant', 'x-tenant-id', 'x-soma-tenant', 'x-org-id']
const fields = ['tenant', 'tenant_id', 'tenantId']
/** Bodies of this route hold conversations, so they are not searched. */
const unsearchedPath = '/v1/sessions/import'

/** Responds with 403 if a header, query parameter or body field names another tenant. */
export const rejectForeignTenant = createMiddleware<Gateway>(async (c, next) => {
  if (c.req.path.startsWith('/v1/admin/')) return next()
  const names = await namedTenants(c)
  if (names.every((name) => name === c.get('principal').tenant)) {
    if (names.length > 0) await removeNames(c)
    return next()
  }
  await recordAudit(c, { action: 'tenant.name', target: '', outcome: 'denied', detail: { route: `${c.req.method} ${c.req.path}` } })
  return problem(c, { kind: 'denied', action: 'tenant.name', reasons: ['other_tenant'] })
})

/** Removes the caller's own tenant from the request, because routes refuse a field or parameter that they do not know. */
async function removeNames(c: GatewayContext): Promise<void> {
  const address = new URL(c.req.raw.url)
  for (const name of fields) address.searchParams.delete(name)
  const { method, headers, bodyUsed } = c.req.raw
  if (address.href !== c.req.raw.url) c.req.raw = new Request(address, bodyUsed ? { method, headers } : c.req.raw)
  const body = await bodyOf(c)
  if (body === undefined || !fields.some((name) => Object.hasOwn(body, name))) return
  const rest = Object.entries(body).filter(([name]) => !fields.includes(name))
  // Hono's type names the content; the cache holds a promise of it.
  Object.assign(c.req.bodyCache, { text: Promise.resolve(JSON.stringify(Object.fromEntries(rest))) })
}

/** The body's fields. Undefined: it has none, or it is not searched. Files are read as streams, by their routes alone. */
async function bodyOf(c: GatewayContext): Promise<object | undefined> {
  if (!isJson(c.req.header('content-type') ?? '') || c.req.path === unsearchedPath) return undefined
  const body = await readJson(c).catch(() => undefined)
  return typeof body === 'object' && body !== null ? body : undefined
}

async function namedTenants(c: GatewayContext): Promise<unknown[]> {
  const inQuery = c.req.raw.url.includes('?') ? fields.flatMap((name) => c.req.queries(name) ?? []) : []
  const names = [...headers.map((name) => c.req.header(name)), ...inQuery]
  const body = await bodyOf(c)
  if (body) names.push(...fields.map((name) => (Object.hasOwn(body, name) ? (body as Record<string, string>)[name] : undefined)))
  return names.filter((name) => name !== undefined)
}
