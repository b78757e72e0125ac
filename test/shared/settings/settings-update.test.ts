import { deepEqual, equal } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { providerDefaults, remoteProviders, reservedFields } from '../../../shared/model/providers.ts'
import { defaultSettings, ModelProfile, parseStoredSettings, Settings, SettingsChange } from '../../../shared/settings/settings.ts'
import { applySettingsUpdate, modelChain, utilityProfile } from '../../../shared/settings/settings-update.ts'

const builtin = ModelProfile.parse({ provider: 'builtin' })
const twoProfiles = Settings.parse({ models: { small: builtin, large: builtin }, chat: { profile: 'small', fallback: 'large' } })

describe('Settings', () => {
  it('have a default for everything', () => {
    deepEqual(Settings.parse({}), defaultSettings)
    equal(defaultSettings.budgets.tenant.tokens_per_day, 0)
  })

  it('change by section, and keep the other sections', () => {
    const result = applySettingsUpdate(twoProfiles, { kind: 'sections', sections: SettingsChange.parse({ chat: { profile: 'large' } }) })
    deepEqual(result.ok && [result.value.chat, result.value.models], [{ profile: 'large', fallback: null }, twoProfiles.models])
  })

  it('refuse an unknown chat profile, also one named like an object property', () => {
    for (const profile of ['none', 'constructor', 'toString'])
      equal(applySettingsUpdate(twoProfiles, { kind: 'sections', sections: SettingsChange.parse({ chat: { profile } }) }).ok, false)
  })

  it('name a utility model that calls a provider, as long as its profile exists', () => {
    const remote = ModelProfile.parse({ provider: 'openai-compatible', base_url: 'https://a.example/v1', model: 'm' })
    const settings = Settings.parse({ models: { tiny: remote, small: builtin } })
    const choose = (profile: string | null) =>
      applySettingsUpdate(settings, { kind: 'sections', sections: SettingsChange.parse({ utility: { profile } }) })
    for (const profile of ['gone', 'small', 'constructor']) equal(choose(profile).ok, false)
    equal(utilityProfile(settings), null)
    const chosen = choose('tiny')
    if (!chosen.ok) throw new Error('refused')
    equal(utilityProfile(chosen.value)?.name, 'tiny')
    const removed = applySettingsUpdate(chosen.value, { kind: 'remove_profile', name: 'tiny' })
    equal(removed.ok && removed.value.utility.profile, null)
    const replaced = applySettingsUpdate(chosen.value, { kind: 'profile', name: 'tiny', profile: builtin })
    equal(replaced.ok && utilityProfile(replaced.value), null)
    // Of a tenant object of an earlier release.
    const { utility: _, ...older } = settings
    equal(utilityProfile(older as Settings), null)
  })

  it('have at most 50 profiles', () => {
    let settings = defaultSettings
    for (let n = 0; n < 50; n += 1) {
      const result = applySettingsUpdate(settings, { kind: 'profile', name: `p${n}`, profile: builtin })
      if (result.ok) settings = result.value
    }
    equal(applySettingsUpdate(settings, { kind: 'profile', name: 'one-more', profile: builtin }).ok, false)
    equal(applySettingsUpdate(settings, { kind: 'profile', name: 'p7', profile: builtin }).ok, true)
  })

  it('refuse unknown fields, reserved fields and secrets in a profile', () => {
    const remote = { provider: 'openai-compatible', base_url: 'https://a.example/v1', model: 'm' }
    equal(ModelProfile.safeParse({ ...remote, kwargs: { top_p: 0.9, response_format: { type: 'json_object' } } }).success, true)
    for (const extra of [{ admin: true }, { kwargs: { model: 'x' } }, { kwargs: { 'x-api-key': 'x' } }, { kwargs: { client_secret: 'x' } }])
      equal(ModelProfile.safeParse({ ...remote, ...extra }).success, false)
  })
})

describe('A profile of each provider', () => {
  const profile = (provider: string, kwargs = {}, base_url = 'https://a.example/v1') =>
    ModelProfile.safeParse({ provider, base_url, model: 'm', kwargs }).success

  it('may set options, but no field that its driver sets', () => {
    for (const provider of remoteProviders) {
      equal(profile(provider, { top_p: 0.9 }), true, provider)
      for (const name of reservedFields[provider]) equal(profile(provider, { [name]: 'x' }), false, `${provider} ${name}`)
    }
    equal(profile('openai-compatible', { system: 'x' }), true)
  })

  it('has an address of its own', () => {
    for (const provider of remoteProviders)
      equal(profile(provider, {}, providerDefaults[provider].address), provider !== 'workers-ai', provider)
  })
})

describe('Stored settings', () => {
  it('from another release lose the parts that this code does not know', () => {
    const stored = {
      chat: { profile: 'small' },
      features: { gone: 'on' },
      later: { a: 1 },
      models: { small: builtin, odd: { provider: 'new' } },
    }
    const parsed = parseStoredSettings(JSON.stringify(stored))
    deepEqual([parsed.chat.profile, parsed.features, Object.keys(parsed.models)], ['small', {}, ['small']])
    deepEqual(parseStoredSettings(JSON.stringify(twoProfiles)), twoProfiles)
  })
})

describe('The model chain', () => {
  it('is the profile of the chat, then its fallback', () => deepEqual(modelChain(twoProfiles, false), ['small', 'large']))
  it('starts with the fallback when the message requests it', () => deepEqual(modelChain(twoProfiles, true), ['large', 'small']))
  it('starts with the chat profile when escalation is disabled', () =>
    deepEqual(modelChain({ ...twoProfiles, features: { escalation: 'disabled' } }, true), ['small', 'large']))
  it('is empty with default settings', () => deepEqual(modelChain(defaultSettings, false), []))
})
