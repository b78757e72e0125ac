/** The tools that a turn offers to its model. */
import { type Caller, callAgentName, delegationRefusal, isOfferedAbove } from '../../../shared/agent/delegation.ts'
import type { Role } from '../../../shared/identity/role.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { jobFields } from '../../../shared/log/fields.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { type CatalogTool, catalogRefusals } from '../../../shared/tool/catalog.ts'
import type { ToolLister, ToolVersions, WorkspaceTools } from '../../../shared/tool/catalog-ports.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'

/** The entrypoint of the tools Worker. One of an earlier release has only `offered`, or only `specs`. */
interface Catalog extends Pick<ToolLister, 'workspaceTools' | 'offered'> {
  specs(): Promise<ToolSpec[]>
}

/** A sub-agent is offered no more than each of the turns above it. The last one that may be called calls none. */
const isOffered = (name: string, callers: readonly Caller[] | undefined): boolean =>
  isOfferedAbove(callers, name) && (name !== callAgentName || delegationRefusal(callers ?? [], 0) === null)

/** How long tools are reused while their versions stay the same. A new release of the tools Worker shows after it. Milliseconds. */
const maxAgeMs = 10_000
/** More tools than these are read each time: a cache of them would not fit into a Worker. */
const maxCachedTools = 200
const cache = new BoundedMap<string, WorkspaceTools & { readonly readAt: number }>(200)

/**
 * The tools that the workspace offers to this turn now. None while the catalog cannot be read: a disabled tool is never offered. `versions`:
 * the newest ones; undefined: the tenant object is of an earlier release. `roleOf`: the role that the turn acts with.
 */
export async function offeredTools(
  env: Pick<ConversationEnv, 'TOOLS'>,
  job: Pick<TurnJob, 'tenant' | 'subject' | 'role_at_most' | 'session' | 'turn_id' | 'delegation'>,
  versions: Promise<ToolVersions | undefined>,
  roleOf: () => Promise<Role | null>,
): Promise<readonly ToolSpec[]> {
  const catalog = env.TOOLS as unknown as Catalog
  const { tenant, subject, role_at_most, delegation } = job
  const offered = async (): Promise<readonly ToolSpec[]> => {
    const newest = await versions
    const tools = newest && (await unlessOlder(() => workspaceTools(catalog, tenant, newest)))
    if (tools) return allowedTools(tools, subject, roleOf)
    // A tools Worker of an earlier release has no such call, or no catalogs of workspaces.
    return (await unlessOlder(() => catalog.offered({ tenant, subject, role_at_most }))) ?? (await catalog.specs())
  }
  try {
    return (await offered()).filter(({ name }) => isOffered(name, delegation?.callers))
  } catch (error) {
    logger.write('tools.unreachable', { error, ...jobFields(job) })
    return []
  }
}

async function workspaceTools(catalog: Catalog, tenant: string, { catalog: entries, servers }: ToolVersions) {
  const cached = cache.get(tenant)
  const isNewest = cached?.versions.catalog === entries && cached.versions.servers === servers
  if (cached && isNewest && Date.now() - cached.readAt < maxAgeMs) return cached.tools
  const read = await catalog.workspaceTools(tenant)
  if (read && read.tools.length <= maxCachedTools) cache.set(tenant, { ...read, readAt: Date.now() })
  else cache.delete(tenant)
  return read?.tools ?? null
}

/** Those that the user may call. The policy decides later about each call with its arguments. */
async function allowedTools(tools: readonly CatalogTool[], subject: string, roleOf: () => Promise<Role | null>) {
  const role = tools.some(({ allowed }) => allowed?.roles.length) ? await roleOf() : null
  return tools.filter((tool) => catalogRefusals(tool, { subject, role }).length === 0)
}
