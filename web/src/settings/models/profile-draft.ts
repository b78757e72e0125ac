import { modelProviders, type ProviderDefaults, providerDefaults } from '../../../../shared/model/providers.ts'
import type { ModelProfile } from '../../../../shared/settings/settings.ts'

/** A profile as the texts of its form. */
export type ProfileDraft = Record<
  | 'name'
  | 'provider'
  | 'base_url'
  | 'model'
  | 'credential'
  | 'context_tokens'
  | 'max_tokens'
  | 'temperature'
  | 'requests_per_minute'
  | 'tokens_per_minute'
  | 'input'
  | 'output'
  | 'kwargs',
  string
>

const text = (value: unknown): string => (value === undefined ? '' : String(value))

/** Fills the form from a profile; undefined for a new one. */
export function draftOf(name: string | null, profile: ModelProfile | undefined): ProfileDraft {
  const {
    provider = 'openai-compatible',
    base_url,
    model,
    credential,
    context_tokens,
    max_tokens,
    temperature,
    requests_per_minute,
    tokens_per_minute,
  } = profile ?? {}
  return {
    name: name ?? '',
    provider,
    base_url: profile === undefined ? suggestionsFor(provider).address : text(base_url),
    model: text(model),
    credential: text(credential),
    context_tokens: text(context_tokens),
    max_tokens: text(max_tokens),
    temperature: text(temperature),
    requests_per_minute: text(requests_per_minute),
    tokens_per_minute: text(tokens_per_minute),
    input: text(profile?.price?.input_per_million),
    output: text(profile?.price?.output_per_million),
    kwargs: profile?.kwargs === undefined ? '' : JSON.stringify(profile.kwargs),
  }
}

/** The suggestions for a provider; empty for one without an endpoint. */
export function suggestionsFor(provider: string): ProviderDefaults {
  const known = modelProviders.find((name) => name === provider) ?? 'builtin'
  return known === 'builtin' ? { address: '', model: '' } : providerDefaults[known]
}

/** The form with another provider. An address that was only suggested becomes that of the new one. */
export function withProvider(draft: ProfileDraft, provider: string): ProfileDraft {
  const isSuggested = Object.values(providerDefaults).some(({ address }) => address === draft.base_url)
  const isOwn = draft.base_url.trim() !== '' && !isSuggested
  return { ...draft, provider, base_url: isOwn ? draft.base_url : suggestionsFor(provider).address }
}

const numbers = (fields: Record<string, string>): Record<string, number> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value.trim() === '' ? [] : [[name, Number(value)]])))
const texts = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value.trim() === '' ? [] : [[name, value.trim()]])))

/** Reads the form. Empty inputs are left out. `kwargs` must be valid JSON. */
export function profileOf(draft: ProfileDraft): ModelProfile {
  const {
    provider,
    base_url,
    model,
    credential,
    context_tokens,
    max_tokens,
    temperature,
    requests_per_minute,
    tokens_per_minute,
    input,
    output,
    kwargs,
  } = draft
  const price = numbers({ input_per_million: input, output_per_million: output })
  // The server validates it, field by field.
  return {
    provider,
    ...(provider === 'builtin' ? {} : texts({ base_url, model, credential })),
    ...numbers({ context_tokens, max_tokens, temperature, requests_per_minute, tokens_per_minute }),
    ...(Object.keys(price).length > 0 ? { price } : {}),
    ...(kwargs.trim() === '' ? {} : { kwargs: JSON.parse(kwargs) }),
  } as ModelProfile
}

/** Whether a text is empty or a JSON object. */
export const isJson = (value: string): boolean => {
  try {
    return value.trim() === '' || (JSON.parse(value) !== null && typeof JSON.parse(value) === 'object')
  } catch {
    return false
  }
}
