/** Applies a change of settings, or refuses it. Pure. */
import type { Failure } from '../problem.ts'
import { fail, ok, type Result } from '../result.ts'
import { type ModelProfile, maxProfiles, type Settings, type SettingsChange } from './settings.ts'

/** A change of the settings: of sections, or of one model profile. */
export type SettingsUpdate =
  | { readonly kind: 'sections'; readonly sections: SettingsChange }
  /** `fills`: what the profile is from now on. */
  | { readonly kind: 'profile'; readonly name: string; readonly profile: ModelProfile; readonly fills?: ProfileUse }
  | { readonly kind: 'remove_profile'; readonly name: string }

/** What a profile is used for: it answers the chat, is the fallback of the chat, or the utility model. */
export type ProfileUse = 'profile' | 'fallback' | 'utility'

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

/** `settings` after `update`. The profiles of the chat must exist. */
export function applySettingsUpdate(settings: Settings, update: SettingsUpdate): Result<Settings, Failure> {
  switch (update.kind) {
    case 'sections': {
      const sections = Object.fromEntries(Object.entries(update.sections).filter(([, section]) => section !== undefined))
      const next: Settings = { ...settings, ...sections }
      for (const role of ['profile', 'fallback'] as const) {
        const name = next.chat[role]
        if (name !== null && !Object.hasOwn(next.models, name)) return invalid(`/chat/${role}`, 'must be the name of a model profile')
      }
      const utility = next.utility.profile
      if (utility !== null && (next.models[utility]?.provider ?? 'builtin') === 'builtin')
        return invalid('/utility/profile', 'must be the name of a model profile that calls a provider')
      return ok(next)
    }
    case 'profile': {
      if (!Object.hasOwn(settings.models, update.name) && Object.keys(settings.models).length >= maxProfiles)
        return invalid('', `There may be at most ${maxProfiles} model profiles.`)
      const models = { ...settings.models, [update.name]: update.profile }
      if (update.fills === 'utility') return ok({ ...settings, models, utility: { profile: update.name } })
      const chat = update.fills === undefined ? settings.chat : { ...settings.chat, [update.fills]: update.name }
      return ok({ ...settings, chat, models })
    }
    case 'remove_profile': {
      if (!Object.hasOwn(settings.models, update.name)) return fail({ kind: 'not_found' })
      const { [update.name]: _removed, ...models } = settings.models
      const without = (name: string | null) => (name === update.name ? null : name)
      const chat = { profile: without(settings.chat.profile), fallback: without(settings.chat.fallback) }
      return ok({ ...settings, models, chat, utility: { profile: without(settings.utility.profile) } })
    }
  }
}

/** The profiles that may answer, in order. `isEscalated`: the fallback is first, if the tenant allows it. `first`: the persona's own, instead of the chat's. */
export function modelChain({ chat, features }: Settings, isEscalated: boolean, first: string | null = null): readonly string[] {
  const profile = first ?? chat.profile
  const order = isEscalated && features.escalation !== 'disabled' ? [chat.fallback, profile] : [profile, chat.fallback]
  return [...new Set(order.filter((name) => name !== null))]
}

/** The profile of the utility model, by name. Null: none is set, or it calls no provider any more. */
export function utilityProfile({ utility, models }: Settings): { readonly name: string; readonly profile: ModelProfile } | null {
  // A tenant object of an earlier release has no such section.
  const name = (utility as Settings['utility'] | undefined)?.profile ?? null
  const profile = name !== null && Object.hasOwn(models, name) ? models[name] : undefined
  return name !== null && profile && profile.provider !== 'builtin' ? { name, profile } : null
}
