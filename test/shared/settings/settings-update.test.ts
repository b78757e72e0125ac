import { deepEqual, equal } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultSettings, ModelProfile, parseStoredSettings, Settings, SettingsChange } from '../../../shared/settings/settings.ts'
import { applySettingsUpdate, modelChain } from '../../../shared/settings/settings-update.ts'

const builtin = ModelProfile.parse({ provider: 'builtin' })
const two = Settings.parse({ models: { small: builtin, large: builtin }, chat: { profile: 'small', fallback: 'large' } })

describe('Settings', () => {
  it('have a default for everything', () => {
    deepEqual(Settings.parse({}), defaultSettings)
    equal(defaultSettings.budgets.tenant.tokens_per_day, 0)
  })

  it('change by whole sections, and leave the others', () => {
    const done = applySettingsUpdate(two, { kind: 'sections', sections: SettingsChange.parse({ chat: { profile: 'large' } }) })
    deepEqual(done.ok && [done.value.chat, done.value.models], [{ profile: 'large', fallback: null }, two.models])
  })

  it('refuse an unknown chat profile, also one named like an object property', () => {
    for (const profile of ['none', 'constructor', 'toString'])
      equal(applySettingsUpdate(two, { kind: 'sections', sections: SettingsChange.parse({ chat: { profile } }) }).ok, false)
  })

  it('have at most 50 profiles', () => {
    let settings = defaultSettings
    for (let n = 0; n < 50; n += 1) {
      const done = applySettingsUpdate(settings, { kind: 'profile', name: `p${n}`, profile: builtin })
      if (done.ok) settings = done.value
    }
    equal(applySettingsUpdate(settings, { kind: 'profile', name: 'one-more', profile: builtin }).ok, false)
    equal(applySettingsUpdate(settings, { kind: 'profile', name: 'p7', profile: builtin }).ok, true)
  })

  it('refuse unknown fields, reserved fields and secrets in a profile', () => {
    const remote = { provider: 'openai-compatible', base_url: 'https://a.example/v1', model: 'm' }
    equal(ModelProfile.safeParse({ ...remote, kwargs: { top_p: 0.9, response_format: { type: 'json_object' } } }).success, true)
    for (const wrong of [{ admin: true }, { kwargs: { model: 'x' } }, { kwargs: { 'x-api-key': 'x' } }, { kwargs: { client_secret: 'x' } }])
      equal(ModelProfile.safeParse({ ...remote, ...wrong }).success, false)
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
    const read = parseStoredSettings(JSON.stringify(stored))
    deepEqual([read.chat.profile, read.features, Object.keys(read.models)], ['small', {}, ['small']])
    deepEqual(parseStoredSettings(JSON.stringify(two)), two)
  })
})

describe('The model chain', () => {
  it('is the profile of the chat, then its fallback', () => deepEqual(modelChain(two, false), ['small', 'large']))
  it('starts with the fallback when the message requests it', () => deepEqual(modelChain(two, true), ['large', 'small']))
  it('starts with the chat profile when escalation is disabled', () =>
    deepEqual(modelChain({ ...two, features: { escalation: 'disabled' } }, true), ['small', 'large']))
  it('is empty with default settings', () => deepEqual(modelChain(defaultSettings, false), []))
})
