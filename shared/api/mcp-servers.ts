/** MCP servers of a workspace. */
import { z } from 'zod'
import { McpAuth, McpServerId } from '../mcp/server.ts'
import { UnixMs } from './unix-ms.ts'

const Url = z.string().trim().min(1).max(2_048).meta({ description: 'The address of the server: streamable HTTP, on the public internet' })
const Auth = McpAuth.nullable().default(null).meta({ description: 'How requests are signed. Null: not at all' })
const Enabled = z.boolean().default(true).meta({ description: '`false`: its tools are neither offered nor called' })

/** A new server. */
export const CreateMcpServer = z.strictObject({
  id: McpServerId.meta({ description: 'The prefix of its tools: the tool `search` of the server `docs` is `docs__search`' }),
  url: Url,
  auth: Auth,
  enabled: Enabled,
})
export type CreateMcpServer = z.infer<typeof CreateMcpServer>

/** A changed server, as a whole. */
export const PutMcpServer = z.strictObject({
  url: Url,
  auth: Auth,
  enabled: Enabled,
  version: z.int().min(1).meta({ description: 'The version that this change is based on. A newer stored version refuses it with 409' }),
  accept: z.string().max(64).optional().meta({
    description:
      'Accepts the tools as listed: the `listing` of the response that showed them. Another list by now refuses it. Absent: accepts none',
  }),
})
export type PutMcpServer = z.infer<typeof PutMcpServer>

/** A server as the API returns it. */
export const McpServerView = z
  .object({
    id: z.string(),
    url: z.string(),
    auth: McpAuth.nullable(),
    enabled: z.boolean(),
    version: z.int(),
    updated_at: UnixMs,
    updated_by: z.string(),
    state: z.enum(['connected', 'changed', 'sign_in', 'unreachable', 'disabled']).meta({
      description:
        '`connected`; `changed`: a tool is new or other than accepted, see `tools`; `sign_in`: the server refuses the key; `unreachable`: see `detail`. The accepted tools of the last list stay offered',
    }),
    detail: z.string().meta({ description: 'Why it is not connected. Empty: it is' }),
    listed_at: UnixMs.nullable().meta({ description: 'When its tools were last listed. Null: never' }),
    listing: z.string().meta({ description: 'Names this list of tools, for `accept`' }),
    tools: z
      .array(
        z.object({
          name: z.string().meta({ description: 'The name in the tool catalog and for models' }),
          description: z.string().meta({ description: 'As the server says. Models are told so' }),
          parameters: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the arguments' }),
          accepted: z.boolean().meta({ description: '`false`: it is new or has changed, and is neither offered nor called' }),
        }),
      )
      .meta({ description: 'The tools of the last list' }),
  })
  .meta({ id: 'McpServer' })
export type McpServerView = z.infer<typeof McpServerView>

/** All servers. */
export const McpServerList = z.object({ servers: z.array(McpServerView) })
export type McpServerList = z.infer<typeof McpServerList>

/** Path of one server. */
export const McpServerPath = z.object({ server: McpServerId })
export type McpServerPath = z.infer<typeof McpServerPath>
