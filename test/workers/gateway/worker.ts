/** The gateway with the real objects, and stand-ins for the turn runner and the background Worker. */
import { WorkerEntrypoint } from 'cloudflare:workers'

export * from '../../../durable-objects/worker.ts'
export { default } from '../../../workers/gateway/worker.ts'

/** Accepts every job, and produces nothing. */
export class TurnRunner extends WorkerEntrypoint {
  async run(): Promise<void> {}
}

export class Relay extends WorkerEntrypoint {
  async ready() {
    return { name: 'postgres', ok: true }
  }

  async topics() {
    return null
  }
}

export { McpConnector } from '../../../workers/connectors/worker.ts'
// `ModelDesk` is the wire name: gateways of the previous release bind to it.
export { ModelAdmin as ModelDesk } from '../../../workers/conversation/models/model-admin.ts'
export { Vault } from '../../../workers/conversation/secrets/vault.ts'
export { PolicySandbox } from '../../../workers/sandbox/policy-sandbox.ts'
export { ToolCatalog } from '../../../workers/tools/worker.ts'
