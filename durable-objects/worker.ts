/** soma-state: exports the object classes; nothing else. It has no address of its own. */
export { Accounts } from './accounts.ts'
export { AuditTrail } from './audit-trail.ts'
export { Directory } from './directory.ts'
export { Home } from './home.ts'
export { Issuer } from './issuer.ts'
export { Limiter } from './limiter.ts'
export { Memory } from './memory.ts'
export { Session } from './session.ts'
export { Tenant } from './tenant.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler
