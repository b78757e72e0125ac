/** What a turn reads of its tenant: the settings, its persona, and the versions of the tools. */
import type { TenantId } from '../../../shared/ids.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { mayUse, type StoredPersona } from '../../../shared/persona/persona.ts'
import type { StoredSettings } from '../../../shared/settings/settings.ts'
import { SettingsCache } from '../../../shared/settings/settings-cache.ts'
import type { TurnSources } from '../../../shared/settings/turn-sources.ts'
import type { ToolVersions } from '../../../shared/tool/catalog-ports.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { personaOf } from '../personas/turn-persona.ts'

/** Each call asks the tenant object whether its version is the newest: a changed profile applies to the next turn. */
const cache = new SettingsCache<StoredSettings>(500, 0, (stored) => stored)

/** A tenant's current settings. Rejects while the tenant object is unavailable. */
export const settingsOf = (env: Pick<ConversationEnv, 'TENANT'>, tenant: TenantId): Promise<StoredSettings> =>
  cache.get(tenant, (version) => env.TENANT.getByName(tenant).settings(version), Date.now())

/** What a turn reads of its tenant. */
export interface TurnTenant {
  readonly stored: StoredSettings
  /** Null: none, or one that the owner of the session may not use any more. */
  readonly persona: StoredPersona | null
  /** Undefined: the tenant object is of an earlier release. */
  readonly tools: ToolVersions | undefined
}

/** Reads all of it with one call. Rejects while the tenant object is unavailable: a turn never runs without its instructions. */
export async function turnTenant(
  env: Pick<ConversationEnv, 'TENANT'>,
  tenant: TenantId,
  { persona_id, subject }: Pick<TurnJob, 'persona_id' | 'subject'>,
): Promise<TurnTenant> {
  const object = env.TENANT.getByName(tenant)
  let sources: TurnSources | null = null
  const read = async (version?: number) => {
    sources = (await unlessOlder(() => object.turnSources({ settings: version, persona: persona_id }))) as TurnSources | null
    return sources ? sources.settings : object.settings(version)
  }
  const stored = await cache.get(tenant, read, Date.now())
  const found = sources as TurnSources | null
  if (!found) return { stored, persona: await personaOf(env, { tenant, persona_id, subject }), tools: undefined }
  const { persona } = found
  return { stored, persona: persona && mayUse(persona, subject) ? persona : null, tools: found.tools }
}
