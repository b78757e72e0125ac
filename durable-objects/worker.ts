/** The Worker soma-state: exports the object classes. It has no public address. */
export { Accounts } from './accounts/accounts.ts'
export { AuditTrail } from './audit/audit-trail.ts'
export { Issuer } from './issuer/issuer.ts'
export { Limiter } from './limiter/limiter.ts'
export { Memory } from './memory/memory.ts'
export { Session } from './session/session.ts'
export { Directory } from './session-list/directory.ts'
export { Home } from './session-list/session-list.ts'
export { Tenant } from './tenant/tenant.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler
