/** Tools that read the resources of an MCP server. */
import { z } from 'zod'
import type { McpResourceRequest } from '../../../shared/mcp/ports.ts'
import type { ToolContext } from '../../../shared/tool/context.ts'
import { type Tool, ToolFailure, ToolWaits, tool } from '../../../shared/tool/tool.ts'
import { signInText } from './sign-in-text.ts'

/** Longest request. Milliseconds. */
const readMs = 30_000

/** The tools `SERVER__resource_list` and `SERVER__resource_read`. What a server knows is asked for with an approval, as its tools are. */
export const resourceTools = (server: string): Tool[] => [
  tool({
    name: `${server}__resource_list`,
    description: `Lists the resources of the server ${server}, with the addresses to read them by.`,
    arguments: {},
    effect: 'none',
    timeout_ms: readMs,
    approval: 'ask',
    run: (_, context) => read({ server, uri: null }, context),
  }),
  tool({
    name: `${server}__resource_read`,
    description: `Reads a resource of the server ${server}, by its address.`,
    arguments: { uri: z.string().trim().min(1).max(2_048).meta({ description: 'The address, as it is listed' }) },
    effect: 'none',
    timeout_ms: readMs,
    approval: 'ask',
    run: ({ uri }, context) => read({ server, uri }, context),
  }),
]

async function read(request: Pick<McpResourceRequest, 'server' | 'uri'>, { job, services }: ToolContext): Promise<string> {
  const result = await services.mcp.readResource({ ...request, tenant: job.tenant, timeoutMs: readMs - 1_000 })
  if (result.ok) return result.value
  throw result.sign_in ? new ToolWaits(signInText(request.server)) : new ToolFailure(result.error)
}
