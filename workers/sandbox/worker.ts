/** Evaluates untrusted policies and constitutions, apart from every other Worker. Wiring only. */
import { closeNetwork } from '../../shared/lib/close-network.ts'

export { PolicySandbox } from './policy-sandbox.ts'

closeNetwork(globalThis as unknown as Record<string, unknown>)

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
