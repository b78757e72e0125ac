/** `/v1/mcp-servers`: servers of the Model Context Protocol whose tools join the catalog of the workspace. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { CreateMcpServer, McpServerList, McpServerPath, McpServerView, PutMcpServer } from '../../../shared/api/mcp-servers.ts'
import type { McpStore } from '../../../shared/mcp/ports.ts'
import { acceptedTools, listingHash, mcpState, type StoredMcpServer } from '../../../shared/mcp/server.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { mcpConnector } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'

const tags = ['MCP servers']

const list = createRoute({
  method: 'get',
  path: '/v1/mcp-servers',
  tags,
  summary: 'List the MCP servers of the workspace',
  responses: { 200: json(McpServerList), ...problems(401, 403) },
})

const create = createRoute({
  method: 'post',
  path: '/v1/mcp-servers',
  tags,
  summary: 'Add an MCP server, and accept its tools as they are now',
  description:
    'The server is asked for its tools. Each is named `SERVER__TOOL`, and has an entry in the tool catalog. A tool that is new or changes later is not offered until it is accepted. Set the key of the server first, as a credential.',
  request: { body: jsonBody(CreateMcpServer) },
  responses: { 201: json(McpServerView, 'The new server. `state` says whether it could be asked'), ...problems(400, 401, 403, 503) },
})

const get = createRoute({
  method: 'get',
  path: '/v1/mcp-servers/{server}',
  tags,
  summary: 'Read an MCP server, with the tools that it listed last',
  request: { params: McpServerPath },
  responses: { 200: json(McpServerView), ...problems(400, 401, 403, 404) },
})

const put = createRoute({
  method: 'put',
  path: '/v1/mcp-servers/{server}',
  tags,
  summary: 'Replace an MCP server, or accept its tools',
  description: 'The server is asked for its tools again. With another address, no tool is accepted until `accept` names the new list.',
  request: { params: McpServerPath, body: jsonBody(PutMcpServer) },
  responses: { 200: json(McpServerView), ...problems(400, 401, 403, 404, 409, 503) },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/mcp-servers/{server}',
  tags,
  summary: 'Remove an MCP server and its tools',
  request: { params: McpServerPath },
  responses: { 204: { description: 'Deleted' }, ...problems(400, 401, 403, 404) },
})

const refresh = createRoute({
  method: 'post',
  path: '/v1/mcp-servers/{server}/refresh',
  tags,
  summary: 'Ask an MCP server for its tools now',
  request: { params: McpServerPath },
  responses: { 200: json(McpServerView), ...problems(400, 401, 403, 404, 503) },
})

const storeOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant) as unknown as McpStore

function view({ id, version, updated_at, updated_by, server }: StoredMcpServer): McpServerView {
  const accepted = new Set(acceptedTools({ ...server, enabled: true }))
  return {
    id,
    url: server.url,
    auth: server.auth,
    enabled: server.enabled,
    version,
    updated_at,
    updated_by,
    state: mcpState(server),
    detail: server.detail,
    listed_at: server.listed_at === 0 ? null : server.listed_at,
    resources: server.resources,
    listing: listingHash(server.tools),
    tools: server.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      parameters: JSON.parse(tool.schema),
      accepted: accepted.has(tool),
    })),
  }
}

/** The audit entry of a change. It has no word of the server. */
const recordChange = (c: GatewayContext, { id, version, server }: StoredMcpServer, outcome: string) =>
  recordAudit(c, {
    action: 'mcp.server.update',
    target: `mcp:${id}`,
    outcome,
    detail: { version, enabled: server.enabled, state: mcpState(server), accepted: server.accepted.length },
  })

const notFound = (c: GatewayContext) => problem(c, { kind: 'not_found' })

export const mcpRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => c.json({ servers: (await storeOf(c).mcpServers()).map(view) }, 200))
  .openapi(create, async (c) => {
    const { id, ...change } = c.req.valid('json')
    const { tenant, subject } = c.var.principal
    const created = await storeOf(c).putMcpServer(id, change, subject, 0)
    if (!created.ok) return problem(c, created.error)
    const listed = await mcpConnector(c).refresh(tenant, id)
    if (!listed) return notFound(c)
    const accepted = await storeOf(c).acceptMcpTools(id, listingHash(listed.server.tools), subject)
    const stored = accepted.ok ? accepted.value : listed
    await recordChange(c, stored, 'created')
    return c.json(view(stored), 201)
  })
  .openapi(get, async (c) => {
    const { server: id } = c.req.valid('param')
    const stored = (await storeOf(c).mcpServers()).find((candidate) => candidate.id === id)
    return stored ? c.json(view(stored), 200) : notFound(c)
  })
  .openapi(put, async (c) => {
    const { server: id } = c.req.valid('param')
    const { version, accept, ...change } = c.req.valid('json')
    const { tenant, subject } = c.var.principal
    const changed = await storeOf(c).putMcpServer(id, change, subject, version)
    if (!changed.ok) return problem(c, changed.error)
    const listed = await mcpConnector(c).refresh(tenant, id)
    if (!listed) return notFound(c)
    const accepted = accept === undefined ? null : await storeOf(c).acceptMcpTools(id, accept, subject)
    if (accepted && !accepted.ok) return problem(c, accepted.error)
    const stored = accepted?.value ?? listed
    await recordChange(c, stored, 'changed')
    return c.json(view(stored), 200)
  })
  .openapi(remove, async (c) => {
    const { server: id } = c.req.valid('param')
    if (!(await storeOf(c).removeMcpServer(id))) return notFound(c)
    await recordAudit(c, { action: 'mcp.server.update', target: `mcp:${id}`, outcome: 'removed' })
    return c.body(null, 204)
  })
  .openapi(refresh, async (c) => {
    const { server: id } = c.req.valid('param')
    const listed = await mcpConnector(c).refresh(c.var.principal.tenant, id)
    return listed ? c.json(view(listed), 200) : notFound(c)
  })
