/** A tenant's rate limits, from a cache. */
import { withDeadline } from '../../../shared/lib/timeout.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import { SettingsCache } from '../../../shared/settings/settings-cache.ts'
import type { GatewayContext } from '../http/context.ts'
import { logger } from '../logger.ts'

/** Timeout of the tenant object. Milliseconds. */
const settingsTimeoutMs = 1_000
const cache = new SettingsCache(5_000, 1_000, ({ settings }) => settings.limits)

/** The limits of the caller's tenant, at most 1 s old. While the tenant object is unavailable, the last known limits apply. */
export async function limitsOf(c: GatewayContext): Promise<Settings['limits']> {
  const { tenant } = c.get('principal')
  const now = Date.now()
  try {
    const read = (version?: number) => withDeadline(c.env.TENANT.getByName(tenant).settings(version), settingsTimeoutMs)
    return await cache.get(tenant, read, now)
  } catch (error) {
    logger.write('settings.unreachable', { error, request: c.var.requestId, tenant })
    return cache.stale(tenant, now)
  }
}
