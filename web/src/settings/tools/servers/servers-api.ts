/** Requests about MCP servers. Responses are not validated: they come from our own server. */
import type {
  CreateMcpServer,
  McpServerList,
  McpServerSignIn,
  McpServerView,
  PutMcpServer,
  StartMcpServerSignIn,
} from '../../../../../shared/api/mcp-servers.ts'
import { transport } from '../../../state/transport.ts'

const pathOf = (id: string): string => `/v1/mcp-servers/${encodeURIComponent(id)}`

export const getServers = async (): Promise<McpServerList> => (await transport('GET', '/v1/mcp-servers')).json()
export const createServer = async (server: CreateMcpServer): Promise<McpServerView> =>
  (await transport('POST', '/v1/mcp-servers', { body: server })).json()
export const putServer = async (id: string, server: PutMcpServer): Promise<McpServerView> =>
  (await transport('PUT', pathOf(id), { body: server })).json()
export const refreshServer = async (id: string): Promise<McpServerView> => (await transport('POST', `${pathOf(id)}/refresh`)).json()
export const removeServer = async (id: string): Promise<void> => void (await transport('DELETE', pathOf(id)))
export const startSignIn = async (id: string, request: StartMcpServerSignIn): Promise<McpServerSignIn> =>
  (await transport('POST', `${pathOf(id)}/sign-in`, { body: request })).json()
