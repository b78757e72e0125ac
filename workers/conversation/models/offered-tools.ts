/** The tools that a model is offered. */
import { logFault } from '../../../shared/log.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'

/** What the catalog is asked for; generated bindings do not know the methods of another Worker's entrypoint. */
interface Catalog {
  specs(): Promise<ToolSpec[]>
}

/** How long an isolate goes by what it was told. Milliseconds. */
const knownMs = 60_000

let known: { readonly at: number; readonly tools: readonly ToolSpec[] } | undefined

/** Without them a turn goes on: an answer without tools is better than none. */
export async function toolsFor(env: Pick<ConversationEnv, 'TOOLS'>): Promise<readonly ToolSpec[]> {
  if (known && Date.now() - known.at < knownMs) return known.tools
  try {
    known = { at: Date.now(), tools: await (env.TOOLS as unknown as Catalog).specs() }
  } catch (error) {
    logFault('tools.unreachable', error, {})
  }
  return known?.tools ?? []
}
