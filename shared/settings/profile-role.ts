/**
 * The names of model profiles in SomaAgent01: a role and a deployment mode. Pure. `dialogue` and `LOCAL` are the profile `dialogue.LOCAL`.
 * The mode `default` adds nothing to the name.
 */

import type { ProfileUse } from './settings-update.ts'

/** The mode of a profile whose name is only a role. */
export const defaultMode = 'default'

/** A profile's name as SomaAgent01 has it. */
export interface ProfileRole {
  readonly role: string
  readonly deployment_mode: string
}

/** The roles with a use. Other roles are only names. */
const uses: Readonly<Record<string, ProfileUse>> = { dialogue: 'profile', escalation: 'fallback', utility: 'utility' }

/** The use of a profile with this role. Undefined: none. */
export const useOfRole = ({ role }: Pick<ProfileRole, 'role'>): ProfileUse | undefined =>
  Object.hasOwn(uses, role) ? uses[role] : undefined

/** The profile's name. */
export const nameOfRole = ({ role, deployment_mode }: ProfileRole): string =>
  deployment_mode === defaultMode ? role : `${role}.${deployment_mode}`

/** The role and the mode of a profile's name. The mode is the text after the last dot. */
export function roleOfName(name: string): ProfileRole {
  const at = name.lastIndexOf('.')
  const mode = name.slice(at + 1)
  if (at <= 0 || mode === '' || mode === defaultMode) return { role: name, deployment_mode: defaultMode }
  return { role: name.slice(0, at), deployment_mode: mode }
}
