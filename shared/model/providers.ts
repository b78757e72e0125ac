/** The providers of models: where their endpoints are, and which fields of a request are ours. Pure. */

/** The providers with an endpoint. `openai-compatible` is OpenAI's chat completions, which most servers speak. */
export const remoteProviders = ['openai-compatible', 'anthropic'] as const
export type RemoteProvider = (typeof remoteProviders)[number]

/** All providers. `builtin`: the builtin responder, without a model. */
export const modelProviders = [...remoteProviders, 'builtin'] as const
export type ModelProvider = (typeof modelProviders)[number]

/** What a form suggests for a provider: its usual address, up to and including the version, and a model. */
export interface ProviderDefaults {
  readonly address: string
  readonly model: string
}

/** The suggestions by provider. */
export const providerDefaults: Readonly<Record<RemoteProvider, ProviderDefaults>> = {
  'openai-compatible': { address: 'https://api.openai.com/v1', model: 'gpt-5-mini' },
  anthropic: { address: 'https://api.anthropic.com/v1', model: 'claude-sonnet-4-5' },
}

/** Request fields that a profile must not set, by provider, beyond those of every provider. */
export const reservedFields: Readonly<Record<ModelProvider, readonly string[]>> = {
  'openai-compatible': [],
  anthropic: ['system'],
  builtin: [],
}
