/** MCP servers of a workspace, and which of their tools may be called. Pure. */
import { z } from 'zod'
import { cutText } from '../lib/cut-text.ts'
import { textHash } from '../lib/text-hash.ts'
import { CredentialName } from '../settings/settings.ts'

/** Bounds of what strangers' servers may say. Lengths in UTF-16 units. */
export const mcpLimits = {
  servers: 20,
  toolsOfServer: 100,
  descriptionUnits: 1_000,
  schemaUnits: 16_384,
  /** All listed tools of a workspace, as JSON. */
  totalUnits: 1_000_000,
  /** The longest name that every model provider takes. */
  nameUnits: 64,
} as const

/** The id of a server: the prefix of its tools. It has no underscore, so a tool's name has one meaning. */
export const McpServerId = z.string().regex(/^[a-z][a-z0-9]{0,23}$/, 'must be 1 to 24 small letters and digits, and start with a letter')

/** How a request to the server is signed. */
export const McpAuth = z.strictObject({
  credential: CredentialName.meta({
    description: 'The name of the key, set with `PUT /v1/llm/credentials/NAME` for the origin of the server',
  }),
  header: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must be the name of a header')
    .refine((name) => !/^(?:host|cookie|content-.*|accept|mcp-.*|transfer-encoding|connection)$/i.test(name), 'must not be this header')
    .default('authorization')
    .meta({ description: 'The header that carries the key' }),
  scheme: z
    .string()
    .regex(/^[A-Za-z]{0,20}$/, 'must be letters')
    .default('Bearer')
    .meta({ description: 'The word before the key. Empty: none' }),
})
export type McpAuth = z.infer<typeof McpAuth>

/** A tool as a server listed it. */
export const McpTool = z.object({
  /** The name for models: `SERVER__TOOL`. */
  name: z.string(),
  /** The server's own name. */
  remote: z.string(),
  description: z.string(),
  /** JSON Schema of the arguments, as JSON. */
  schema: z.string(),
  /** Of the server's address, and all that the server said about the tool. */
  hash: z.string(),
})
export type McpTool = z.infer<typeof McpTool>

/** How the last request to the server ended. */
export const mcpStatuses = ['connected', 'sign_in', 'unreachable'] as const

/** A server as it is stored. */
export const McpServer = z.object({
  url: z.string(),
  auth: McpAuth.nullable().default(null),
  enabled: z.boolean(),
  status: z.enum(mcpStatuses),
  /** Why it is not connected, in words. Empty: it is. */
  detail: z.string(),
  /** Of the last complete list, Unix ms. 0: there was none. */
  listed_at: z.int(),
  /** How long the list is fresh, as the server says. Milliseconds. */
  ttl_ms: z.int(),
  /** The last complete list. A server that is unreachable keeps it. */
  tools: z.array(McpTool),
  /** Whether it has resources to read. */
  resources: z.boolean().default(false),
  /** The hashes of the tools that an admin has accepted. */
  accepted: z.array(z.string()),
})
export type McpServer = z.infer<typeof McpServer>

/** A stored server. `version` counts the changes of admins. */
export interface StoredMcpServer {
  readonly id: string
  readonly version: number
  /** Unix ms. */
  readonly updated_at: number
  readonly updated_by: string
  readonly server: McpServer
}

/** The result of one request for the list of tools. */
export type McpListing =
  | { readonly status: 'connected'; readonly tools: readonly McpTool[]; readonly ttl_ms: number; readonly resources?: boolean }
  | { readonly status: 'sign_in' | 'unreachable'; readonly detail: string }

/** What a server said about a tool, before it is bounded. */
export interface ListedTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: unknown
}

/** The tools of a list, bounded. A tool without a usable name or schema is left out. Of two with one name, the first stays. */
export function declaredTools(id: string, url: string, listed: readonly ListedTool[]): McpTool[] {
  const tools = new Map<string, McpTool>()
  for (const { name: remote, description = '', inputSchema } of listed) {
    const name = `${id}__${remote.replace(/[^A-Za-z0-9_-]/g, '_')}`
    const schema = JSON.stringify(inputSchema)
    if (remote === '' || name.length > mcpLimits.nameUnits || !isObjectSchema(inputSchema) || schema.length > mcpLimits.schemaUnits)
      continue
    if (tools.has(name)) continue
    const hash = textHash(JSON.stringify([id, url, remote, description, schema]))
    tools.set(name, { name, remote, description: cutText(description, mcpLimits.descriptionUnits), schema, hash })
    if (tools.size === mcpLimits.toolsOfServer) break
  }
  return [...tools.values()]
}

const isObjectSchema = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'object'

/** Names a list of tools, so that an admin accepts what they saw. */
export const listingHash = (tools: readonly McpTool[]): string =>
  textHash(
    tools
      .map(({ hash }) => hash)
      .sort()
      .join(' '),
  )

/** The tools that may be called: an admin has accepted each as it is. */
export const acceptedTools = ({ enabled, tools, accepted }: McpServer): McpTool[] =>
  enabled ? tools.filter(({ hash }) => accepted.includes(hash)) : []

/** The state for people. `changed`: a tool is new, other than accepted, or gone. */
export type McpState = (typeof mcpStatuses)[number] | 'changed' | 'disabled'

export function mcpState({ enabled, status, tools, accepted }: McpServer): McpState {
  if (!enabled) return 'disabled'
  if (status !== 'connected') return status
  const listed = tools.map(({ hash }) => hash)
  return listed.length === accepted.length && listed.every((hash) => accepted.includes(hash)) ? 'connected' : 'changed'
}

/** The server after a request for its list. */
export const withListing = (server: McpServer, listing: McpListing, at: number): McpServer =>
  listing.status === 'connected'
    ? {
        ...server,
        status: 'connected',
        detail: '',
        tools: [...listing.tools],
        ttl_ms: listing.ttl_ms,
        resources: listing.resources ?? false,
        listed_at: at,
      }
    : { ...server, status: listing.status, detail: listing.detail }
