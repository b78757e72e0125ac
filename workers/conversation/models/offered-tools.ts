/** The tools that a turn offers to its model. */
import { type Caller, callAgentName, delegationRefusal, isOfferedAbove } from '../../../shared/agent/delegation.ts'
import { jobFields } from '../../../shared/log/fields.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { ToolLister } from '../../../shared/tool/catalog-ports.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'

/** The entrypoint of the tools Worker. One of an earlier release has only `specs`. */
interface Catalog extends Pick<ToolLister, 'offered'> {
  specs(): Promise<ToolSpec[]>
}

/** A sub-agent is offered no more than each of the turns above it. The last one that may be called calls none. */
const isOffered = (name: string, callers: readonly Caller[] | undefined): boolean =>
  isOfferedAbove(callers, name) && (name !== callAgentName || delegationRefusal(callers ?? [], 0) === null)

/** The tools that the workspace offers to this turn now. None while the catalog cannot be read: a disabled tool is never offered. */
export async function offeredTools(env: Pick<ConversationEnv, 'TOOLS'>, job: TurnJob): Promise<readonly ToolSpec[]> {
  const catalog = env.TOOLS as unknown as Catalog
  const { tenant, subject, role_at_most } = job
  try {
    // A tools Worker of an earlier release has no catalogs of workspaces.
    const offered = (await unlessOlder(() => catalog.offered({ tenant, subject, role_at_most }))) ?? (await catalog.specs())
    return offered.filter(({ name }) => isOffered(name, job.delegation?.callers))
  } catch (error) {
    logger.write('tools.unreachable', { error, ...jobFields(job) })
    return []
  }
}
