/** Calls the web for tools, apart from every other Worker. Wiring only. */
import { env, WorkerEntrypoint } from 'cloudflare:workers'
import { TenantId } from '../../shared/ids.ts'
import type { McpCall, McpCallResult, McpConnector as McpConnectorPort, McpResourceRequest } from '../../shared/mcp/ports.ts'
import type { StoredMcpServer } from '../../shared/mcp/server.ts'
import type { FinishMcpSignIn, McpSignInEnd, StartMcpSignIn } from '../../shared/mcp/sign-in.ts'
import { withResidency } from '../../shared/residency.ts'
import type { Result } from '../../shared/result.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import type { FetchedPage, FoundPage, PageRequest, SearchRequest, WebAccess as WebAccessPort } from '../../shared/tool/web-access.ts'
import { logger } from './logger.ts'
import { callTool, finish, readResource, refresh, start } from './mcp/connector.ts'
import { networkOf, settingsOf } from './network.ts'
import { fetchPage } from './web/fetch-page.ts'
import { searchWeb } from './web/search.ts'

logger.setLevel(readVariable(env, 'SOMA_LOG_LEVEL'))

/** Pages and searches for tools. */
export class WebAccess extends WorkerEntrypoint<ConnectorsEnv> implements WebAccessPort {
  constructor(ctx: ExecutionContext, env: ConnectorsEnv) {
    super(ctx, withResidency(env))
  }

  async fetchPage(request: PageRequest): Promise<Result<FetchedPage, string>> {
    const settings = await settingsOf(this.env, TenantId.parse(request.tenant))
    return fetchPage(request, networkOf(this.env, settings))
  }

  async search(request: SearchRequest): Promise<Result<readonly FoundPage[], string>> {
    const tenant = TenantId.parse(request.tenant)
    return searchWeb(this.env, tenant, await settingsOf(this.env, tenant), request)
  }
}

/** The MCP servers of workspaces. */
export class McpConnector extends WorkerEntrypoint<ConnectorsEnv> implements McpConnectorPort {
  constructor(ctx: ExecutionContext, env: ConnectorsEnv) {
    super(ctx, withResidency(env))
  }

  refresh(tenant: string, id: string): Promise<StoredMcpServer | null> {
    return refresh(this.env, TenantId.parse(tenant), id)
  }

  callTool(call: McpCall): Promise<McpCallResult> {
    return callTool(this.env, TenantId.parse(call.tenant), call)
  }

  readResource(request: McpResourceRequest): Promise<McpCallResult> {
    return readResource(this.env, TenantId.parse(request.tenant), request)
  }

  startSignIn(
    tenant: string,
    request: StartMcpSignIn,
  ): Promise<Result<{ readonly url: string; readonly expires_at: number }, string> | null> {
    return start(this.env, TenantId.parse(tenant), request)
  }

  finishSignIn(tenant: string, request: FinishMcpSignIn): Promise<McpSignInEnd> {
    return finish(this.env, TenantId.parse(tenant), request)
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
