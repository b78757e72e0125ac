/** The Worker soma-state: exports the object classes. It has no public address. */
import { env } from 'cloudflare:workers'
import { readVariable } from '../shared/settings/variables.ts'
import { logger } from './logger.ts'

export { Accounts } from './accounts/accounts.ts'
export { Attachments } from './attachments/attachments.ts'
export { ResumableUpload } from './attachments/resumable-upload.ts'
export { AuditTrail } from './audit/audit-trail.ts'
export { Directory } from './directory/directory.ts'
export { Issuer } from './issuer/issuer.ts'
export { Limiter } from './limiter/limiter.ts'
export { Memory } from './memory/memory.ts'
export { Relationships } from './relations/relationships.ts'
export { Session } from './session/session.ts'
export { Home } from './session-list/session-list.ts'
export { Tenant } from './tenant/tenant.ts'

logger.setLevel(readVariable(env, 'SOMA_LOG_LEVEL'))

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler
