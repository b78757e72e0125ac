/** The tools as a workspace has them. */
import { unlessOlder } from '../../shared/older-release.ts'
import { delegatedRole, type PolicyBindings } from '../../shared/policy/delegated-action.ts'
import { type Catalog, type CatalogTool, catalogRefusals, catalogTool, catalogTools } from '../../shared/tool/catalog.ts'
import { CatalogCache } from '../../shared/tool/catalog-cache.ts'
import type { CatalogStore, Offer, ToolLister } from '../../shared/tool/catalog-ports.ts'
import type { ToolDeclaration } from '../../shared/tool/tool.ts'

/** The bindings that it needs. */
export interface CatalogBindings {
  readonly TENANT: { getByName(tenant: string): Pick<CatalogStore, 'toolCatalog'> }
}

const cache = new CatalogCache(500)

/** The newest catalog of a tenant. Rejects while the tenant object is unavailable. */
export const catalogOf = (env: CatalogBindings, tenant: string): Promise<Catalog> =>
  // A tenant object of an earlier release has no catalog.
  cache.get(tenant, (version) => unlessOlder(() => env.TENANT.getByName(tenant).toolCatalog(version)))

/** The tool as the catalog has it. */
export const catalogToolOf = (declared: ToolDeclaration, { entries }: Catalog): CatalogTool =>
  catalogTool(
    declared,
    entries.find(({ name }) => name === declared.name),
  )

/** The tools that the user may call now. The policy decides later about each call with its arguments. */
export async function offered(
  declared: readonly ToolDeclaration[],
  offer: Offer,
  env: CatalogBindings & Pick<PolicyBindings, 'ACCOUNTS'>,
): Promise<CatalogTool[]> {
  const tools = catalogTools(declared, await catalogOf(env, offer.tenant))
  const role = tools.some(({ allowed }) => allowed?.roles.length) ? await delegatedRole(env, offer) : null
  return tools.filter((tool) => catalogRefusals(tool, { subject: offer.subject, role }).length === 0)
}

/** One tool, and why the catalog denies it to this user. Null: there is no such tool. */
export async function lookUp(
  declared: readonly ToolDeclaration[],
  offer: Offer,
  name: string,
  env: CatalogBindings & Pick<PolicyBindings, 'ACCOUNTS'>,
): ReturnType<ToolLister['lookUp']> {
  const found = declared.find((candidate) => candidate.name === name)
  if (!found) return null
  const tool = catalogToolOf(found, await catalogOf(env, offer.tenant))
  const role = tool.allowed?.roles.length ? await delegatedRole(env, offer) : null
  return { tool, refusals: catalogRefusals(tool, { subject: offer.subject, role }) }
}
