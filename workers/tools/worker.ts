/** Runs the tools that models ask for. Wiring only: what a tool is lies in shared/tool, and which there are in `tools.ts`. */
import { env, WorkerEntrypoint } from 'cloudflare:workers'
import { SessionId, sessionObjectName, TenantId } from '../../shared/ids.ts'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import type { CallJob, CallOwner, Executor } from '../../shared/tool/executor.ts'
import type { ToolSpec } from '../../shared/tool/tool.ts'
import { recordLate, refusal } from './authorize-call.ts'
import { tools } from './catalog/catalog.ts'
import { execute } from './execute.ts'
import { logger } from './logger.ts'

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
      refusal: (call) => refusal(call, this.env),
      late: (call, result) => recordLate(call, result, this.env),
    })
  }
}

/** What models may ask for. */
export class ToolCatalog extends WorkerEntrypoint<ToolsEnv> {
  specs(): ToolSpec[] {
    return tools.map(({ run: _, ...spec }) => spec)
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
