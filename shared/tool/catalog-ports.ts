/** The ports of the tool catalog. Types only. Generated bindings lose types with values of any JSON, such as schemas and arguments. */
import type { Role } from '../identity/role.ts'
import type { StoredMcpServer } from '../mcp/server.ts'
import type { Failure } from '../problem.ts'
import type { Result } from '../result.ts'
import type { BreakerState } from './breaker.ts'
import type { Catalog, CatalogEntry, CatalogTool, StoredEntry } from './catalog.ts'
import type { ToolDeclaration } from './tool.ts'

/** Who a turn acts for. */
export interface Offer {
  readonly tenant: string
  readonly subject: string
  /** The most that the requester may do, if that is less than the user's role. */
  readonly role_at_most?: Role | undefined
}

/** The versions of what the tools of a workspace depend on. */
export interface ToolVersions {
  readonly catalog: number
  /** Of the list of MCP servers. Another one after each change of a server, and after each restart of the tenant object. */
  readonly servers: string
}

/** What the tools of a workspace depend on. */
export interface ToolSources {
  readonly versions: ToolVersions
  readonly catalog: Catalog
  readonly servers: readonly StoredMcpServer[]
}

/** Every tool of a workspace, also those that are disabled or not for everyone. */
export interface WorkspaceTools {
  readonly versions: ToolVersions
  readonly tools: readonly CatalogTool[]
}

/** The tenant object's side: it stores the changes of tools. */
export interface CatalogStore {
  /** Null: `known` is still the version. */
  toolCatalog(known?: number): Promise<Catalog | null>
  toolSources(): Promise<ToolSources>
  /** Every tool that has failed since its last success. */
  toolBreakers(): Promise<Readonly<Record<string, BreakerState>>>
  changeTool(name: string, entry: CatalogEntry, subject: string, expected?: number): Promise<Result<StoredEntry, Failure>>
}

/** The tools Worker's side: it knows the tools. */
export interface ToolLister {
  /** The tools of a workspace. Null: its tenant object is of an earlier release. Rejects while the catalog cannot be read. */
  workspaceTools(tenant: string): Promise<WorkspaceTools | null>
  /** The tools that a turn may call. Rejects while the catalog cannot be read. */
  offered(offer: Offer): Promise<CatalogTool[]>
  /** One tool, and why the catalog denies it to this user, as reasons. Null: there is no such tool. */
  lookUp(offer: Offer, name: string): Promise<{ readonly tool: CatalogTool; readonly refusals: string[] } | null>
  /** Every tool of the workspace, as it declares itself. */
  declared(tenant: string): Promise<ToolDeclaration[]>
}
