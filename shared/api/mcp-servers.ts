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
    resources: z
      .boolean()
      .meta({ description: 'Whether it has resources. The tools `SERVER__resource_list` and `SERVER__resource_read` read them' }),
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

/** Starts a sign-in. */
export const StartMcpServerSignIn = z.strictObject({
  client: z
    .strictObject({
      id: z.string().min(1).max(2_048).meta({ description: 'Its `client_id`' }),
      secret: z.string().min(1).max(2_048).optional().meta({ description: 'Absent: a public client' }),
    })
    .optional()
    .meta({
      description:
        'A client that is registered at the authorization server already, with the callback `/v1/auth/mcp/callback` of this deployment. Absent: the client of the last sign-in, or a new one',
    }),
})
export type StartMcpServerSignIn = z.infer<typeof StartMcpServerSignIn>

/** A started sign-in. */
export const McpServerSignIn = z
  .object({
    url: z.string().meta({ description: 'Open it in the browser of the caller' }),
    expires_at: UnixMs,
  })
  .meta({ id: 'McpServerSignIn' })
export type McpServerSignIn = z.infer<typeof McpServerSignIn>

const Parameter = z.string().max(2_048)

/** What the authorization server adds to the callback (RFC 6749, RFC 9207). */
export const FinishMcpServerSignIn = z.object({
  state: Parameter.min(1),
  code: Parameter.optional(),
  iss: Parameter.optional(),
  error: Parameter.optional(),
})
export type FinishMcpServerSignIn = z.infer<typeof FinishMcpServerSignIn>

/** Path of one server. */
export const McpServerPath = z.object({ server: McpServerId })
export type McpServerPath = z.infer<typeof McpServerPath>
