/** The tools that a model is offered. */
import { jobFields } from '../../../shared/log/fields.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'

/** What the catalog is asked for; generated bindings do not know the methods of another Worker's entrypoint. */
interface Catalog {
  specs(): Promise<ToolSpec[]>
}

/** How long an isolate goes by what it was told. Milliseconds. */
const knownMs = 60_000

let known: { readonly at: number; readonly tools: readonly ToolSpec[] } | undefined

/** Without them a turn goes on: an answer without tools is better than none. */
export async function toolsFor(env: Pick<ConversationEnv, 'TOOLS'>, job: TurnJob): Promise<readonly ToolSpec[]> {
  if (known && Date.now() - known.at < knownMs) return known.tools
  try {
    known = { at: Date.now(), tools: await (env.TOOLS as unknown as Catalog).specs() }
  } catch (error) {
    logger.write('tools.unreachable', { error, ...jobFields(job) })
  }
  return known?.tools ?? []
}
