/** Runs untrusted programs, apart from every other Worker. Wiring only. */
import { closeNetwork } from '../../shared/lib/close-network.ts'

export { CodeRunner } from './code-runner.ts'

closeNetwork(globalThis as unknown as Record<string, unknown>)

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
