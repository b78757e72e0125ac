/** A cache of tenants' tool catalogs, revalidated by version at each read. A change applies to the next call. */
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Catalog } from './catalog.ts'

/** Reads a tenant's catalog; null: `version` is still the newest. */
type ReadCatalog = (version?: number) => Promise<Catalog | null>

/** The catalogs of recently seen tenants. */
export class CatalogCache {
  readonly #catalogs: BoundedMap<string, Catalog>

  constructor(maxTenants: number) {
    this.#catalogs = new BoundedMap(maxTenants)
  }

  /** The newest catalog of `tenant`. Rejects if `read` rejects: without a catalog no tool runs. */
  async get(tenant: string, read: ReadCatalog): Promise<Catalog> {
    const cached = this.#catalogs.get(tenant)
    const newest = (await read(cached?.version)) ?? cached ?? emptyCatalog
    this.#catalogs.set(tenant, newest)
    return newest
  }
}

/** The catalog without changes. */
export const emptyCatalog: Catalog = { version: 0, entries: [] }
