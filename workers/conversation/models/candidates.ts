/** Chooses the models of a call: the tenant's profiles, else the environment's endpoint, else the builtin responder. */

import { type ContextSettings, type ModelWindow, windowOf } from '../../../shared/context/window.ts'
import type { TenantId } from '../../../shared/ids.ts'
import { defaultPrice, type Price } from '../../../shared/limits/budget.ts'
import { builtin } from '../../../shared/model/builtin/builtin.ts'
import { type EscalationReason, escalationOf } from '../../../shared/model/escalation.ts'
import { knownModel } from '../../../shared/model/known-models.ts'
import { type Model, ModelError } from '../../../shared/model/model.ts'
import { providerDefaults } from '../../../shared/model/providers.ts'
import { baseAddress } from '../../../shared/net/base-address.ts'
import { type EndpointRules, validateEndpoint } from '../../../shared/net/endpoint.ts'
import { networkIsOpen } from '../../../shared/net/network-check.ts'
import type { Persona } from '../../../shared/persona/persona.ts'
import { openKey } from '../../../shared/secrets/tenant-keys.ts'
import { mayCall, noneAllowed } from '../../../shared/settings/model-access.ts'
import type { ModelProfile, Settings, StoredSettings } from '../../../shared/settings/settings.ts'
import { modelChain } from '../../../shared/settings/settings-update.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import type { Dialect } from './dialect.ts'
import { dialectModel } from './dialect-model.ts'
import { dialects } from './dialects/dialects.ts'
import type { Endpoint } from './endpoint.ts'
import { withBreaker } from './endpoint-breakers.ts'
import { ModelDenied } from './guarded-model.ts'
import { modelsAt } from './model-list.ts'
import { openAICompatible } from './openai-compatible.ts'

/** A model that may answer, with its price and limits. */
export interface ModelCandidate {
  /** The name in policies and in the audit trail: the profile's name, or the environment's model. */
  readonly name: string
  readonly model: Model
  /** Null: unknown. */
  readonly price: Price | null
  /** Maximum output tokens of one answer. A budget reserves it. Undefined: no limit is configured. */
  readonly maxTokens: number | undefined
  /** Maximum tokens of the prompt in its request. */
  readonly historyTokens: number
  /** Its window, for the view of the prompt. */
  readonly window?: ModelWindow
  readonly requestsPerMinute: number | undefined
  readonly tokensPerMinute?: number | undefined
  /** The address of its profile. Absent: the model of the environment, or the builtin responder. */
  readonly baseUrl?: string | undefined
  /** The provider's name of the model. */
  readonly providerModel?: string | undefined
  /** Further fields of the provider's request. They decide the answer, too. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** Why it comes first, if it is the fallback. */
  readonly escalation?: EscalationReason | undefined
  /** The call itself names the provider's model, instead of the profile. */
  readonly isOwnChoice?: boolean | undefined
  /** Whether it sees images. */
  readonly sees?: boolean | undefined
}

/** What one call changes in its profile. */
export type ProfileChanges = Pick<ModelProfile, 'temperature' | 'max_tokens' | 'kwargs'>

/**
 * The models that may answer, in order. The next one is called only if the previous one failed before its first token. The profile that the
 * message names, else the persona's own, comes instead of the chat's, unless it was removed. Without one in the message, the message may
 * escalate the turn. Throws `ModelDenied` if the tenant's lists allow none.
 */
export function candidatesFor(
  env: ConversationEnv,
  tenant: TenantId,
  { settings }: StoredSettings,
  { model, metadata, messages }: Pick<TurnJob, 'model' | 'metadata' | 'messages'>,
  persona?: Pick<Persona, 'model' | 'temperature'>,
): readonly ModelCandidate[] {
  const named = model !== undefined && Object.hasOwn(settings.models, model) ? model : null
  const text = messages.findLast(({ role }) => role === 'user')?.text ?? ''
  const escalation = escalationOf(text, metadata)
  const isEscalated = named === null && escalation.isEscalated
  const own = { model: named ?? persona?.model ?? null, temperature: persona?.temperature ?? null }
  const candidates = candidatesOf(env, tenant, settings, isEscalated, own)
  const allowed = candidates.filter((candidate) => mayCall(settings.router, candidate))
  if (allowed.length === 0) throw new ModelDenied(noneAllowed(candidates.map(({ name }) => name)))
  const [first, ...others] = allowed
  const isFallback = isEscalated && settings.features.escalation !== 'disabled' && first?.name === settings.chat.fallback
  return first && isFallback ? [{ ...first, escalation: escalation.reason }, ...others] : allowed
}

/** The models that answer, in order. `changes`: of this call, before the persona's own. */
export function candidatesOf(
  env: ConversationEnv,
  tenant: TenantId,
  settings: Settings,
  isEscalated: boolean,
  persona?: Pick<Persona, 'model' | 'temperature'>,
  changes: ProfileChanges = {},
): readonly ModelCandidate[] {
  const own = persona?.model && Object.hasOwn(settings.models, persona.model) ? persona.model : null
  const temperature = changes.temperature ?? persona?.temperature ?? undefined
  const names = modelChain(settings, isEscalated, own).filter((name) => Object.hasOwn(settings.models, name))
  if (names.length === 0) return [fromEnvironment(env, tenant, changes)]
  return names.flatMap((name) => profileCandidate(env, tenant, settings, name, { ...changes, temperature }) ?? [])
}

/** The candidate of the profile `name`, with the changes of one call. Undefined: no such profile. */
export function profileCandidate(
  env: ConversationEnv,
  tenant: TenantId,
  { models }: Settings,
  name: string,
  { temperature, max_tokens = Number.POSITIVE_INFINITY, kwargs }: ProfileChanges,
): ModelCandidate | undefined {
  const profile = Object.hasOwn(models, name) ? models[name] : undefined
  if (!profile) return undefined
  const maxTokens = Math.min(max_tokens, profile.max_tokens ?? Number.POSITIVE_INFINITY)
  return candidateOf(env, tenant, name, {
    ...profile,
    ...(temperature !== undefined && { temperature }),
    ...(Number.isFinite(maxTokens) && { max_tokens: maxTokens }),
    ...(kwargs && { kwargs: { ...profile.kwargs, ...kwargs } }),
  })
}

/** The name of the model that answers without a profile. */
export function environmentModel(env: ConversationEnv): string {
  return readVariable(env, 'SOMA_MODEL_BASE_URL').trim() === '' ? 'builtin' : readVariable(env, 'SOMA_MODEL') || 'default'
}

/** The window of a model, and the room for the prompt in it. */
function roomOf(settings?: ContextSettings): Pick<ModelCandidate, 'historyTokens' | 'window'> {
  const window = windowOf(settings)
  return { historyTokens: window.promptTokens, window }
}

function fromEnvironment(env: ConversationEnv, tenant: TenantId, { kwargs, ...changes }: ProfileChanges): ModelCandidate {
  const unlimited = {
    name: environmentModel(env),
    providerModel: readVariable(env, 'SOMA_MODEL') || undefined,
    price: null,
    maxTokens: changes.max_tokens,
    requestsPerMinute: undefined,
  }
  const baseURL = baseAddress(readVariable(env, 'SOMA_MODEL_BASE_URL'))
  if (baseURL === '') return { ...unlimited, ...roomOf(), price: defaultPrice, model: builtinFor(env, changes.max_tokens) }
  const model = readVariable(env, 'SOMA_MODEL')
  const options = { ...kwargs, ...changes }
  const endpoint = openAICompatible({ baseURL, model, apiKey: readVariable(env, 'SOMA_MODEL_API_KEY'), options })
  const guarded = withBreaker(endpoint, unlimited.name, { tenant, baseUrl: baseURL })
  const own = { options: { ...options, baseURL }, sees: knownModel(model)?.images ?? false }
  return { ...unlimited, ...roomOf({ model, max_tokens: changes.max_tokens }), ...own, model: guarded }
}

/** The candidate of the tenant's profile `name`. */
export const candidateOf = (env: ConversationEnv, tenant: TenantId, name: string, profile: ModelProfile): ModelCandidate => ({
  name,
  model:
    profile.provider === 'builtin'
      ? builtinFor(env, profile.max_tokens)
      : remoteModel(env, tenant, name, profile, dialects[profile.provider]),
  price: profile.price ?? (profile.provider === 'builtin' ? defaultPrice : null),
  maxTokens: profile.max_tokens,
  ...roomOf({ ...profile, context_tokens: contextTokens(profile) }),
  requestsPerMinute: profile.requests_per_minute,
  tokensPerMinute: profile.tokens_per_minute,
  baseUrl: profile.provider === 'builtin' ? undefined : profile.base_url,
  providerModel: profile.model,
  options: { ...profile.kwargs, temperature: profile.temperature, max_tokens: profile.max_tokens },
  sees: profile.provider !== 'builtin' && (profile.images ?? knownModel(profile.model)?.images ?? false),
})

/** The size of the model's context: as the profile says, or as the provider's server is told. */
const contextTokens = ({ provider, context_tokens }: ModelProfile): number | undefined =>
  context_tokens ?? (provider === 'builtin' ? undefined : providerDefaults[provider].contextTokens)

/** Decrypts the provider's key for each call, and only for that call. */
const remoteModel = (env: ConversationEnv, tenant: TenantId, name: string, profile: ModelProfile, dialect: Dialect): Model => ({
  async *answer(request, signal) {
    const endpoint = await endpointOf(env, tenant, name, profile)
    signal.throwIfAborted()
    yield* withBreaker(dialectModel(dialect, endpoint), name, { tenant, baseUrl: endpoint.baseURL }).answer(request, signal)
  },
})

const openNetwork = "Tenants' models cannot be called: the operator must close this network to private addresses (SOMA_NETWORK_CHECK)."

/** The endpoint of a profile, with its key. Throws `ModelError` if it must not be called, or the key cannot be opened. */
export async function endpointOf(env: ConversationEnv, tenant: TenantId, name: string, profile: ModelProfile): Promise<Endpoint> {
  const { base_url = '', model = '', credential, kwargs, temperature, max_tokens } = profile
  const url = validateEndpoint(base_url, endpointRules(env))
  if (!url.ok) throw new ModelError(`The model profile \`${name}\` cannot be used. ${url.error}`)
  if (!mayCallLoopback(env) && readVariable(env, 'SOMA_NETWORK_CHECK') === 'on' && (await networkIsOpen()))
    throw new ModelError(openNetwork)
  const key = credential === undefined ? null : await openKey(env, tenant, credential, url.value.origin)
  if (key && !key.ok) throw new ModelError(key.error)
  return {
    baseURL: baseAddress(base_url),
    model,
    apiKey: key?.value ?? '',
    options: { ...kwargs, ...(temperature !== undefined && { temperature }), ...(max_tokens !== undefined && { max_tokens }) },
    contextTokens: contextTokens(profile),
    source: {
      address: `the address of the profile \`${name}\``,
      key: credential ? `the key \`${credential}\`` : `the profile \`${name}\``,
    },
  }
}

/** The models at the endpoint of a profile, by its own list. Empty: there is none, or it must not be called. */
export async function modelsOf(
  env: ConversationEnv,
  tenant: TenantId,
  name: string,
  profile: ModelProfile,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (profile.provider === 'builtin') return []
  const endpoint = await endpointOf(env, tenant, name, profile).catch(() => undefined)
  return endpoint ? modelsAt(dialects[profile.provider], endpoint, signal) : []
}

/** The rules for a tenant's endpoint. */
export const endpointRules = (env: ConversationEnv): EndpointRules => ({
  loopback: mayCallLoopback(env),
  ports: readVariable(env, 'SOMA_MODEL_PORTS').split(',').map(Number),
})

const mayCallLoopback = (env: ConversationEnv): boolean => readVariable(env, 'SOMA_LOOPBACK_MODELS')

const builtinFor = (env: ConversationEnv, maxTokens: number | undefined): Model =>
  builtin({ wordMs: readVariable(env, 'SOMA_BUILTIN_WORD_MS'), maxTokens })
