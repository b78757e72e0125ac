/** Runs the tools that models call. Wiring only: shared/tool defines a tool, and catalog/ lists the tools. */
import { env, WorkerEntrypoint } from 'cloudflare:workers'
import { SessionId, sessionObjectName, TenantId } from '../../shared/ids.ts'
import { unlessOlder } from '../../shared/older-release.ts'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { type CatalogTool, catalogTools } from '../../shared/tool/catalog.ts'
import type { Offer, ToolLister, ToolSources, WorkspaceTools } from '../../shared/tool/catalog-ports.ts'
import type { CallJob, CallOwner, Executor, Verdict } from '../../shared/tool/executor.ts'
import { declarationOf, type Tool, type ToolDeclaration, type ToolSpec } from '../../shared/tool/tool.ts'
import { auditLateResult, authorizeCall } from './authorize-call.ts'
import { breakerOf } from './breaker-of.ts'
import { tools } from './catalog/catalog.ts'
import { catalogOf, catalogToolOf, lookUp, offered } from './catalog-of.ts'
import { personaProblem } from './delegate.ts'
import { execute } from './execute.ts'
import { type Judges, judge } from './judge.ts'
import { judgedPersona } from './judged-persona.ts'
import { logger } from './logger.ts'
import { isMcpName, mcpToolsOf, toolsOfServers } from './mcp/tools.ts'
import { toolServices } from './services/services.ts'

logger.setLevel(readVariable(env, 'SOMA_LOG_LEVEL'))

/** The platform's tools and those of the workspace's MCP servers. `name`: only this tool is needed, and its name says whose it is. */
async function toolsOf(env: ToolsEnv, tenant: string, name?: string): Promise<readonly Tool[]> {
  return name === undefined || isMcpName(name) ? [...tools, ...(await mcpToolsOf(env, tenant))] : tools
}

/** The executor that session objects call. */
export class ToolExecutor extends WorkerEntrypoint<ToolsEnv> implements Executor {
  constructor(ctx: ExecutionContext, env: ToolsEnv) {
    super(ctx, withResidency(env))
  }

  async execute(job: CallJob): Promise<void> {
    const name = sessionObjectName(TenantId.parse(job.tenant), SessionId.parse(job.session))
    const owner: CallOwner = this.env.SESSION.getByName(name)
    await execute(job, owner, await toolsOf(this.env, job.tenant, job.name), {
      ...this.#judges,
      auditLateResult: (call, result) => auditLateResult(call, result, this.env),
      personaProblem: (call, id) => personaProblem(call, id, this.env),
      services: toolServices(this.env, job, () => toolsOf(this.env, job.tenant)),
      breaker: breakerOf(this.env, job),
    })
  }

  async judge(job: CallJob): Promise<Verdict> {
    const { verdict } = await judge(job, await toolsOf(this.env, job.tenant, job.name), this.#judges)
    return verdict
  }

  get #judges(): Judges {
    return {
      catalogTool: async (declared, { tenant }) => catalogToolOf(declared, await catalogOf(this.env, tenant)),
      authorize: (job, tool, args) => authorizeCall(job, tool, args, this.env),
      persona: (job) => judgedPersona(job, this.env),
    }
  }
}

/** Lists the tools for turns and for the gateway. */
export class ToolCatalog extends WorkerEntrypoint<ToolsEnv> {
  constructor(ctx: ExecutionContext, env: ToolsEnv) {
    super(ctx, withResidency(env))
  }

  /** Every tool of the workspace. Null: the tenant object is of an earlier release. Rejects while the catalog cannot be read. */
  async workspaceTools(tenant: string): Promise<WorkspaceTools | null> {
    const store = this.env.TENANT.getByName(tenant)
    const sources: ToolSources | null = await unlessOlder(() => store.toolSources())
    return sources && { versions: sources.versions, tools: catalogTools([...tools, ...toolsOfServers(sources.servers)], sources.catalog) }
  }

  /** The tools that a turn of this user may call. Rejects while the catalog cannot be read. */
  async offered(offer: Offer): Promise<CatalogTool[]> {
    return offered(await toolsOf(this.env, offer.tenant), offer, this.env)
  }

  /** One tool, and why the catalog denies it to this user. Null: there is no such tool. */
  async lookUp(offer: Offer, name: string): ReturnType<ToolLister['lookUp']> {
    return lookUp(await toolsOf(this.env, offer.tenant, name), offer, name, this.env)
  }

  /** Every tool of the workspace, as it declares itself. A gateway of an earlier release names no tenant. */
  async declared(tenant?: string): Promise<ToolDeclaration[]> {
    return (tenant === undefined ? tools : await toolsOf(this.env, tenant)).map(declarationOf)
  }

  /** For a conversation Worker of an earlier release. */
  specs(): ToolSpec[] {
    return tools.map(({ name, description, parameters, effect, timeout_ms, checks }) => ({
      ...{ name, description, parameters, effect, timeout_ms },
      ...(checks && { checks }),
    }))
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
