/** The accepted tools of a workspace's MCP servers, as tools of the catalog. */
import { tryParseJson } from '../../../shared/lib/parse-json.ts'
import type { McpStore } from '../../../shared/mcp/ports.ts'
import { acceptedTools, type McpTool, type StoredMcpServer } from '../../../shared/mcp/server.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { resultUnits } from '../../../shared/tool/executor.ts'
import { type Tool, type ToolDeclaration, ToolWaits } from '../../../shared/tool/tool.ts'
import { resourceTools } from './resources.ts'
import { signInText } from './sign-in-text.ts'

/** Longest call. Milliseconds. */
const callMs = 60_000

/** The bindings that it needs. */
export interface McpBindings {
  readonly TENANT: { getByName(tenant: string): unknown }
}

/** Whether a tool of this name is one of a server. */
export const isMcpName = (name: string): boolean => name.includes('__')

/** The tools of the workspace. Rejects while the tenant object is unavailable. */
export async function mcpToolsOf(env: McpBindings, tenant: string): Promise<Tool[]> {
  const store = env.TENANT.getByName(tenant) as McpStore
  // A tenant object of an earlier release has no servers.
  return toolsOfServers((await unlessOlder(() => store.mcpServers())) ?? [])
}

/** The accepted tools of these servers. */
export const toolsOfServers = (servers: readonly StoredMcpServer[]): Tool[] => servers.flatMap(toTools)

/** A server's own tool comes before one of ours with the same name. */
function toTools({ id, server }: StoredMcpServer): Tool[] {
  const own = acceptedTools(server).map((tool) => mcpTool(id, tool))
  if (!server.enabled || !server.resources) return own
  return [...own, ...resourceTools(id).filter(({ name }) => own.every((tool) => tool.name !== name))]
}

/** A tool of a server. The description is a stranger's: it stands in the tool's own description only, with its origin. */
function mcpTool(id: string, { name, description, schema, hash }: McpTool): Tool {
  return {
    name,
    description: `A tool of the server ${id}, which says: ${description === '' ? 'nothing' : description}`,
    parameters: withoutSchemaName(tryParseJson(schema)),
    // What a server says about its effects is no promise.
    effect: 'once',
    timeout_ms: callMs,
    output_units: resultUnits,
    scopes: [],
    approval: 'ask',
    // The server checks them by its own schema, and its refusal goes back to the model.
    problem: () => null,
    async run(args, { job, services }) {
      const result = await services.mcp.callTool({ tenant: job.tenant, name, hash, arguments: args, timeoutMs: callMs - 1_000 })
      if (!result.ok && result.sign_in) throw new ToolWaits(signInText(id))
      return result
    },
  }
}

function withoutSchemaName(schema: unknown): ToolDeclaration['parameters'] {
  const { $schema: _, ...parameters } = (schema ?? { type: 'object' }) as Record<string, unknown>
  return parameters
}
