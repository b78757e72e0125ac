/**
 * Other Workers of this deployment that a route calls. A failed call becomes `PartyUnavailable`: the client gets 503 with the party's name,
 * and the log has the cause. Refusals are return values, so they pass unchanged.
 */
import { PartyUnavailable } from '../../../shared/faults.ts'
import type { McpConnector } from '../../../shared/mcp/ports.ts'
import type { ToolLister } from '../../../shared/tool/catalog-ports.ts'
import type { GatewayContext } from './context.ts'

/** When a request may succeed again after a failed call. Milliseconds. */
const retryMs = 5_000

/** The entrypoint of the conversation Worker that stores provider keys. */
export const vault = (c: GatewayContext) => party(c.env.VAULT, 'The vault')
/** The entrypoint of the conversation Worker that checks models. */
export const modelAdmin = (c: GatewayContext) => party(c.env.MODEL_DESK, 'The conversation Worker')
/** The entrypoint of the tools Worker that lists tools. */
export const toolCatalog = (c: GatewayContext) => party(c.env.TOOLS as unknown as ToolLister, 'The tools Worker')
/** The entrypoint of the connectors Worker that asks MCP servers. */
export const mcpConnector = (c: GatewayContext) => party(c.env.MCP as unknown as McpConnector, 'The connectors Worker')
/** The entrypoint of the background Worker. */
export const background = (c: GatewayContext) => party(c.env.BACKGROUND, 'The background Worker')

type Method = (...args: unknown[]) => Promise<unknown>

/** `binding` with methods that throw `PartyUnavailable`. A binding has no fields, only methods. */
function party<T extends object>(binding: T, name: string): T {
  return new Proxy(binding, {
    get:
      (target, method) =>
      (...args: unknown[]) =>
        // Called on the binding, because a detached method loses its target.
        callParty(name, async () => (target as Record<PropertyKey, Method>)[method]?.(...args)),
  })
}

/** The result of `call`. If it fails, throws `PartyUnavailable` for the party `name`. */
export async function callParty<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw new PartyUnavailable(name, retryMs, cause)
  }
}
