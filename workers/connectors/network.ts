/** What the tools of a workspace may reach: the lists of its settings, and the operator's variables. */
import type { TenantId } from '../../shared/ids.ts'
import type { OutwardNetwork } from '../../shared/net/outward-fetch.ts'
import type { Settings, StoredSettings } from '../../shared/settings/settings.ts'
import { SettingsCache } from '../../shared/settings/settings-cache.ts'
import { readVariable } from '../../shared/settings/variables.ts'

/** Each request asks the tenant object whether its version is the newest: a denied host is denied at once. */
const cache = new SettingsCache<Settings>(500, 0, ({ settings }) => settings)

/** A tenant's current settings. Rejects while the tenant object is unavailable. */
export const settingsOf = (env: ConnectorsEnv, tenant: TenantId): Promise<Settings> =>
  cache.get(tenant, (version): Promise<StoredSettings | null> => env.TENANT.getByName(tenant).settings(version), Date.now())

/** The network for an address that an admin chose. The lists of pages that models may read do not limit it. */
export function networkOfHost(env: ConnectorsEnv, settings: Pick<Settings, 'web'>, address: URL): OutwardNetwork {
  const network = networkOf(env, settings)
  return { ...network, rules: { ...network.rules, allow: [address.host], deny: [] } }
}

/** The network of a workspace. */
export function networkOf(env: ConnectorsEnv, { web: { allow, deny } }: Pick<Settings, 'web'>): OutwardNetwork {
  const loopback = readVariable(env, 'SOMA_LOOPBACK_TOOLS')
  return {
    rules: { allow, deny, loopback },
    dnsUrl: readVariable(env, 'SOMA_DNS_URL'),
    mustBeClosed: !loopback && readVariable(env, 'SOMA_NETWORK_CHECK') === 'on',
  }
}
