/** The lists of models that a tenant allows and denies. Pure. */
import type { Router, Settings } from './settings.ts'

/** The names of a model: its profile, and the model of its provider. */
export interface ModelNames {
  readonly name: string
  /** Undefined: the profile names none. */
  readonly providerModel?: string | undefined
  /** The call names the model itself, so the name of the profile allows nothing. */
  readonly isOwnChoice?: boolean | undefined
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** Whether the model may be called. A denial outweighs a permission. Without a list of allowed models, all others are allowed. */
export function mayCall({ allow, deny }: Pick<Router, 'allow' | 'deny'>, { name, providerModel, isOwnChoice }: ModelNames): boolean {
  const provider = providerModel === undefined ? [] : [providerModel]
  const listed = (patterns: readonly string[], names: readonly string[]) =>
    patterns.some((pattern) => names.some((each) => matches(pattern, each)))
  if (listed(deny, [name, ...provider])) return false
  return allow.length === 0 || listed(allow, isOwnChoice ? provider : [name, ...provider])
}

/** The profiles that the tenant's lists allow, in the order of their names. An earlier release has no lists. */
export const callableProfiles = ({ models, router }: Pick<Settings, 'models'> & Partial<Pick<Settings, 'router'>>): readonly string[] =>
  Object.keys(models)
    .filter((name) => router === undefined || mayCall(router, { name, providerModel: models[name]?.model }))
    .sort()

/** Why none of `names` is called, for the user. */
export const noneAllowed = (names: readonly string[]): string =>
  `This workspace does not allow ${names.map((name) => `\`${name}\``).join(' or ')}. An administrator changes the lists under Settings, Models.`
