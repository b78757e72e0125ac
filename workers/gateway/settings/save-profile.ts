/** Stores a model profile, after the conversation Worker has judged its address. */
import type { Failure } from '../../../shared/problem.ts'
import { fail, type Result } from '../../../shared/result.ts'
import type { ModelProfile, StoredSettings } from '../../../shared/settings/settings.ts'
import type { ProfileUse } from '../../../shared/settings/settings-update.ts'
import { recordAudit } from '../audit/record.ts'
import type { GatewayContext } from '../http/context.ts'
import { modelAdmin } from '../http/parties.ts'

/** A profile, and what it is based on. */
export interface ProfileChange {
  readonly name: string
  readonly profile: ModelProfile
  /** The version of the settings that the caller knows. Undefined: any. */
  readonly expected: number | undefined
  /** The pointer to the address in the request. */
  readonly pointer: string
  /** What the profile is used for from now on. */
  readonly fills?: ProfileUse | undefined
}

/** The settings after the change. */
export async function saveProfile(
  c: GatewayContext,
  { name, profile, expected, pointer, fills }: ProfileChange,
): Promise<Result<StoredSettings, Failure>> {
  const { tenant, subject } = c.get('principal')
  if (profile.base_url !== undefined) {
    const validated = await modelAdmin(c).judge(profile.base_url)
    if (!validated.ok) return fail({ kind: 'invalid', errors: [{ pointer, detail: validated.error }] })
  }
  const update = { kind: 'profile', name, profile, ...(fills && { fills }) } as const
  const changed: Result<StoredSettings, Failure> = await c.env.TENANT.getByName(tenant).change(update, subject, expected)
  if (!changed.ok) return changed
  const { version } = changed.value
  await recordAudit(c, { action: 'settings.update', target: `model:${name}`, outcome: 'changed', detail: { version } })
  return changed
}

/** Removes a profile. The settings after it. */
export async function removeProfile(c: GatewayContext, name: string): Promise<Result<StoredSettings, Failure>> {
  const { tenant, subject } = c.get('principal')
  const changed: Result<StoredSettings, Failure> = await c.env.TENANT.getByName(tenant).change({ kind: 'remove_profile', name }, subject)
  if (!changed.ok) return changed
  const { version } = changed.value
  await recordAudit(c, { action: 'settings.update', target: `model:${name}`, outcome: 'removed', detail: { version } })
  return changed
}
