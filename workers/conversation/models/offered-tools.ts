/** The tools that a turn offers to its model. */
import { jobFields } from '../../../shared/log/fields.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'

/** The entrypoint of the tools Worker. Generated bindings lack the methods of another Worker's entrypoint. */
interface Catalog {
  specs(): Promise<ToolSpec[]>
}

/** How long the catalog stays cached. Milliseconds. */
const cacheMs = 60_000

let cached: { readonly at: number; readonly tools: readonly ToolSpec[] } | undefined

/** The catalog's tools. While the tools Worker is unavailable: the cached tools, or none. */
export async function offeredTools(env: Pick<ConversationEnv, 'TOOLS'>, job: TurnJob): Promise<readonly ToolSpec[]> {
  if (cached && Date.now() - cached.at < cacheMs) return cached.tools
  try {
    cached = { at: Date.now(), tools: await (env.TOOLS as unknown as Catalog).specs() }
  } catch (error) {
    logger.write('tools.unreachable', { error, ...jobFields(job) })
  }
  return cached?.tools ?? []
}
