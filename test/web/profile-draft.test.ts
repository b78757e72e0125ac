import { deepEqual, equal } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { modelProviders, providerDefaults, remoteProviders } from '../../shared/model/providers.ts'
import { ModelProfile } from '../../shared/settings/settings.ts'
import { draftOf, profileOf, suggestionsFor, withProvider } from '../../web/src/settings/models/profile-draft.ts'

describe('The form of a model profile', () => {
  it('suggests the address of each provider, and changes only what it suggested', () => {
    let draft = draftOf(null, undefined)
    for (const provider of remoteProviders) {
      draft = withProvider(draft, provider)
      equal(draft.base_url, providerDefaults[provider].address)
    }
    deepEqual(withProvider(draft, 'builtin').base_url, '')
    const own = { ...draft, base_url: 'https://models.example.com/v1' }
    equal(withProvider(own, 'anthropic').base_url, 'https://models.example.com/v1')
  })

  it('keeps the address of a stored profile, and that it has none', () => {
    const profile = ModelProfile.parse({ provider: 'anthropic', base_url: 'https://api.anthropic.com/v1', model: 'm' })
    deepEqual(profileOf(draftOf('a', profile)), profile)
    const builtin = ModelProfile.parse({ provider: 'builtin' })
    deepEqual(profileOf(draftOf('b', builtin)), builtin)
  })

  it('has suggestions that the settings accept, for every provider', () => {
    for (const provider of modelProviders) {
      const { address, model } = suggestionsFor(provider)
      const filled = { ...withProvider(draftOf('p', undefined), provider), base_url: address.replace('ACCOUNT_ID', '0a1b'), model }
      equal(ModelProfile.safeParse(profileOf(filled)).success, true, provider)
    }
  })
})
