/** The providers of models: where their endpoints are, and which fields of a request are ours. Pure. */

/** The providers with an endpoint. `openai-compatible` is OpenAI's chat completions, which most servers speak. */
export const remoteProviders = ['openai-compatible', 'anthropic', 'google', 'openai-responses', 'ollama', 'workers-ai'] as const
export type RemoteProvider = (typeof remoteProviders)[number]

/** All providers. `builtin`: the builtin responder, without a model. */
export const modelProviders = [...remoteProviders, 'builtin'] as const
export type ModelProvider = (typeof modelProviders)[number]

/** What a form suggests for a provider: its usual address, up to and including the version, and a model. */
export interface ProviderDefaults {
  readonly address: string
  readonly model: string
  /** The size of the context in tokens of a server that has to be told one. */
  readonly contextTokens?: number
}

/** The suggestions by provider. */
export const providerDefaults: Readonly<Record<RemoteProvider, ProviderDefaults>> = {
  'openai-compatible': { address: 'https://api.openai.com/v1', model: 'gpt-5-mini' },
  anthropic: { address: 'https://api.anthropic.com/v1', model: 'claude-sonnet-4-5' },
  google: { address: 'https://generativelanguage.googleapis.com/v1beta', model: 'gemini-2.5-flash' },
  'openai-responses': { address: 'https://api.openai.com/v1', model: 'gpt-5-mini' },
  ollama: { address: 'http://localhost:11434', model: 'qwen3', contextTokens: 8_192 },
  'workers-ai': {
    address: 'https://api.cloudflare.com/client/v4/accounts/ACCOUNT_ID/ai',
    model: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
  },
}

/** Request fields that a profile must not set, by provider, beyond those of every provider. */
export const reservedFields: Readonly<Record<ModelProvider, readonly string[]>> = {
  'openai-compatible': [],
  anthropic: ['system'],
  google: ['contents', 'systemInstruction', 'maxOutputTokens'],
  'openai-responses': [
    'input',
    'instructions',
    'max_output_tokens',
    'store',
    'include',
    'background',
    'conversation',
    'previous_response_id',
  ],
  ollama: ['num_ctx', 'num_predict'],
  'workers-ai': ['prompt'],
  builtin: [],
}
