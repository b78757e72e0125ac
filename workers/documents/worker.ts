/** Reads untrusted documents, apart from every other Worker. Wiring only. */
import { closeNetwork } from '../../shared/lib/close-network.ts'

export { DocumentText } from './document-text.ts'

closeNetwork(globalThis as unknown as Record<string, unknown>)

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
