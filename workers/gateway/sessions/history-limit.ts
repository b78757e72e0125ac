/** The history limit of the caller's tenant: the tokens of a conversation that its models receive. */
import { historyTokens } from '../../../shared/context/window.ts'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import { SettingsCache } from '../../../shared/settings/settings-cache.ts'
import { modelChain } from '../../../shared/settings/settings-update.ts'
import type { GatewayContext } from '../http/context.ts'

/** Timeout of the tenant object. Milliseconds. */
const settingsTimeoutMs = 1_000

/** Each read asks for the newest version, as the conversation Worker does. */
const cache = new SettingsCache<number>(1_000, 0, ({ settings }) => {
  const [first] = modelChain(settings, false).flatMap((name) => settings.models[name] ?? [])
  return historyTokens(first)
})

/** The history limit of the first model profile, in tokens. Rejects while the tenant object is unavailable. */
export async function historyLimit(c: GatewayContext): Promise<number> {
  const { tenant } = c.get('principal')
  return cache.get(tenant, (version) => withDeadline(c.env.TENANT.getByName(tenant).settings(version), settingsTimeoutMs), Date.now())
}
