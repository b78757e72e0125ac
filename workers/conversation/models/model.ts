/** Which model answers: what the tenant has settled, else what the environment names, else the builtin responder. */

import type { Metadata } from '../../../shared/events/event.ts'
import type { TenantId } from '../../../shared/ids.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { defaultPrice, type Price } from '../../../shared/limits/budget.ts'
import { builtin } from '../../../shared/model/builtin/builtin.ts'
import { type Model, ModelError } from '../../../shared/model/model.ts'
import { validateEndpoint } from '../../../shared/net/endpoint.ts'
import { modelChain } from '../../../shared/settings/change.ts'
import { defaults, type ModelProfile, type StoredSettings } from '../../../shared/settings/settings.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { defaultTimeouts, type TurnTimeouts } from '../../../shared/turn/run.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { openKey } from '../secrets/keys.ts'
import { openAICompatible } from './openai-compatible.ts'

/** A model that may answer, with what it costs and what it may do. */
export interface ModelCandidate {
  /** What the policy and the trail call it: the profile's name, or the model that the environment names. */
  readonly name: string
  readonly model: Model
  readonly price: Price
  /** The most that one answer may have; what is reserved when nobody says. */
  readonly maxTokens: number | undefined
  readonly contextTokens: number | undefined
  readonly requestsPerMinute: number | undefined
}

/** The settings of tenants that this isolate has seen. Each use asks the tenant's object whether they are still the newest. */
const known = new BoundedMap<string, StoredSettings>(500)

/** A tenant's settings as they are now. */
export async function settingsOf(env: Pick<ConversationEnv, 'TENANT'>, tenant: TenantId): Promise<StoredSettings> {
  const before = known.get(tenant)
  const newer = await env.TENANT.getByName(tenant).settings(before?.version)
  if (newer === null) return before ?? { version: 0, settings: defaults, credentials: [] }
  known.set(tenant, newer)
  return newer
}

/** The models that may answer, in the order they are asked: the next only if the one before failed before its first word. */
export function candidatesFor(
  env: ConversationEnv,
  tenant: TenantId,
  { settings }: StoredSettings,
  metadata: Metadata,
): readonly ModelCandidate[] {
  const named = modelChain(settings, metadata.escalate === 'true').flatMap((name) => {
    const profile = settings.models[name]
    return profile ? [candidateOf(env, tenant, name, profile)] : []
  })
  return named.length > 0 ? named : [fromEnvironment(env)]
}

function fromEnvironment(env: ConversationEnv): ModelCandidate {
  const of = { price: defaultPrice, maxTokens: undefined, contextTokens: undefined, requestsPerMinute: undefined }
  const baseURL = readVariable(env, 'SOMA_MODEL_BASE_URL')
  if (baseURL === '') return { name: 'builtin', ...of, model: builtinFor(env) }
  const model = readVariable(env, 'SOMA_MODEL')
  const endpoint = openAICompatible({ baseURL, model, apiKey: readVariable(env, 'SOMA_MODEL_API_KEY') })
  return { name: model || 'default', ...of, model: endpoint }
}

export const candidateOf = (env: ConversationEnv, tenant: TenantId, name: string, profile: ModelProfile): ModelCandidate => ({
  name,
  model: profile.provider === 'builtin' ? builtinFor(env) : remote(env, tenant, name, profile),
  price: profile.price ?? defaultPrice,
  maxTokens: profile.max_tokens,
  contextTokens: profile.context_tokens,
  requestsPerMinute: profile.requests_per_minute,
})

/** The key is opened when the call is made, and for this call only. */
const remote = (env: ConversationEnv, tenant: TenantId, name: string, profile: ModelProfile): Model => ({
  async *answer(request, signal) {
    const { base_url = '', model = '', credential, kwargs, temperature, max_tokens } = profile
    const url = validateEndpoint(base_url, { loopback: mayCallLoopback(env) })
    if (!url.ok) throw new ModelError(`The model profile \`${name}\` cannot be used. ${url.error}`)
    const key = credential === undefined ? null : await openKey(env, tenant, credential, url.value.origin)
    if (key && !key.ok) throw new ModelError(key.error)
    signal.throwIfAborted()
    const endpoint = openAICompatible({
      baseURL: base_url,
      model,
      apiKey: key?.value ?? '',
      options: { ...kwargs, ...(temperature !== undefined && { temperature }), ...(max_tokens !== undefined && { max_tokens }) },
      setIn: {
        address: `the address of the profile \`${name}\``,
        key: credential ? `the key \`${credential}\`` : `the profile \`${name}\``,
      },
    })
    yield* endpoint.answer(request, signal)
  },
})

export const mayCallLoopback = (env: ConversationEnv): boolean => readVariable(env, 'SOMA_LOOPBACK_MODELS')

const builtinFor = (env: ConversationEnv): Model => builtin({ wordMs: readVariable(env, 'SOMA_BUILTIN_WORD_MS') })

export const patienceFor = (env: ConversationEnv, { lease_ms }: Pick<TurnJob, 'lease_ms'>): TurnTimeouts => ({
  ...defaultTimeouts,
  aliveMs: lease_ms / 3,
  firstTokenMs: readVariable(env, 'SOMA_MODEL_FIRST_TOKEN_MS'),
  betweenTokensMs: readVariable(env, 'SOMA_MODEL_BETWEEN_TOKENS_MS'),
  keepAliveMs: readVariable(env, 'SOMA_MODEL_KEEP_ALIVE_MS'),
})
