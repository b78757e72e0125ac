/** A cache of tenants' settings, revalidated by version. The clock is an argument. */
import { BoundedMap } from '../lib/bounded-map.ts'
import { defaultSettings, type StoredSettings } from './settings.ts'

/** Reads a tenant's settings; null: `version` is still the newest. Without `version`, it never returns null. */
type ReadSettings = (version?: number) => Promise<StoredSettings | null>

interface Entry<T> {
  readonly value: T
  readonly version: number
  readonly at: number
}

/** A tenant object of an earlier release returns no sections that it does not know. */
const withDefaults = (stored: StoredSettings): StoredSettings => ({ ...stored, settings: { ...defaultSettings, ...stored.settings } })

/** The selected settings of recently seen tenants. */
export class SettingsCache<T> {
  readonly #entries: BoundedMap<string, Entry<T>>
  readonly #ttlMs: number
  readonly #select: (stored: StoredSettings) => T

  /** Keeps `select` of each tenant's settings. With `ttlMs` 0, each read asks for the newest version. */
  constructor(maxTenants: number, ttlMs: number, select: (stored: StoredSettings) => T) {
    this.#entries = new BoundedMap(maxTenants)
    this.#ttlMs = ttlMs
    this.#select = select
  }

  /** The settings of `tenant`, at most `ttlMs` old. Rejects if `read` rejects. `now`: Unix ms. */
  async get(tenant: string, read: ReadSettings, now: number): Promise<T> {
    const cached = this.#entries.get(tenant)
    if (cached && now - cached.at < this.#ttlMs) return cached.value
    const newer = await read(cached?.version)
    const version = newer?.version ?? cached?.version ?? 0
    const value = newer ? this.#select(withDefaults(newer)) : (cached?.value ?? this.#default())
    this.#entries.set(tenant, { value, version, at: now })
    return value
  }

  /** The last known settings, also expired ones, which become valid for another `ttlMs`; else the defaults. For an outage. */
  stale(tenant: string, now: number): T {
    const cached = this.#entries.get(tenant)
    if (!cached) return this.#default()
    this.#entries.set(tenant, { ...cached, at: now })
    return cached.value
  }

  #default(): T {
    return this.#select({ version: 0, settings: defaultSettings, credentials: [] })
  }
}
