/** Runs the tools that models call. Wiring only: shared/tool defines a tool, and catalog/ lists the tools. */
import { env, WorkerEntrypoint } from 'cloudflare:workers'
import { SessionId, sessionObjectName, TenantId } from '../../shared/ids.ts'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import type { CallJob, CallOwner, Executor } from '../../shared/tool/executor.ts'
import type { ToolSpec } from '../../shared/tool/tool.ts'
import { auditLateResult, authorizeCall } from './authorize-call.ts'
import { tools } from './catalog/catalog.ts'
import { execute } from './execute.ts'
import { logger } from './logger.ts'
import { toolServices } from './services.ts'

logger.setLevel(readVariable(env, 'SOMA_LOG_LEVEL'))

/** The executor that session objects call. */
export class ToolExecutor extends WorkerEntrypoint<ToolsEnv> implements Executor {
  constructor(ctx: ExecutionContext, env: ToolsEnv) {
    super(ctx, withResidency(env))
  }

  async execute(job: CallJob): Promise<void> {
    const name = sessionObjectName(TenantId.parse(job.tenant), SessionId.parse(job.session))
    const owner: CallOwner = this.env.SESSION.getByName(name)
    await execute(job, owner, tools, {
      authorize: (call) => authorizeCall(call, this.env),
      auditLateResult: (call, result) => auditLateResult(call, result, this.env),
      services: toolServices(),
    })
  }
}

/** Lists the tools for turns. */
export class ToolCatalog extends WorkerEntrypoint<ToolsEnv> {
  specs(): ToolSpec[] {
    return tools.map(({ name, description, parameters, effect, timeout_ms }) => ({ name, description, parameters, effect, timeout_ms }))
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
