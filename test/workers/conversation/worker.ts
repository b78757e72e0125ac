/** The conversation Worker with a stand-in for the session object. Each test sets its methods. */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'
import type { ToolSpec } from '../../../shared/tool/tool.ts'

export { Accounts } from '../../../durable-objects/accounts/accounts.ts'
export { Attachments } from '../../../durable-objects/attachments/attachments.ts'
export { AuditTrail } from '../../../durable-objects/audit/audit-trail.ts'
export { Directory } from '../../../durable-objects/directory/directory.ts'
export { Limiter } from '../../../durable-objects/limiter/limiter.ts'
export { Memory } from '../../../durable-objects/memory/memory.ts'
export { Tenant } from '../../../durable-objects/tenant/tenant.ts'
export { default, ModelDesk, TurnRunner, Vault } from '../../../workers/conversation/worker.ts'

export { DocumentText } from '../../../workers/documents/document-text.ts'

/** The methods of the stand-in, set by each test. */
export const session: {
  attach: (turnId: string, token: number, stream: ReadableStream<Uint8Array>) => Promise<void>
  dispatch: (name: string) => Promise<void>
} = { attach: async () => {}, dispatch: async () => {} }

export class Session extends DurableObject {
  attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void> {
    return session.attach(turnId, token, stream)
  }

  dispatch(): Promise<void> {
    return session.dispatch(this.ctx.id.name ?? '')
  }
}

/** The catalog's tools, set by each test. */
export const catalog: { specs: ToolSpec[] } = { specs: [] }

export class ToolCatalog extends WorkerEntrypoint {
  offered(): ToolSpec[] {
    return catalog.specs
  }

  specs(): ToolSpec[] {
    return catalog.specs
  }
}
