import type { TenantId } from '../../../shared/ids.ts'
import type { StoredSettings } from '../../../shared/settings/settings.ts'
import { SettingsCache } from '../../../shared/settings/settings-cache.ts'

/** Each call asks the tenant object whether its version is the newest: a changed profile applies to the next turn. */
const cache = new SettingsCache<StoredSettings>(500, 0, (stored) => stored)

/** A tenant's current settings. Rejects while the tenant object is unavailable. */
export const settingsOf = (env: Pick<ConversationEnv, 'TENANT'>, tenant: TenantId): Promise<StoredSettings> =>
  cache.get(tenant, (version) => env.TENANT.getByName(tenant).settings(version), Date.now())
