/** Calls of models without a session. Nothing of them is stored, except usage and audit entries. */
import { TenantId } from '../../../shared/ids.ts'
import type { Invocation, InvokeFault, InvokeLine } from '../../../shared/model/invocation.ts'
import type { Model, ModelMessage } from '../../../shared/model/model.ts'
import { reservedFields } from '../../../shared/model/providers.ts'
import type { Instruction } from '../../../shared/persona/instructions.ts'
import type { StoredPersona } from '../../../shared/persona/persona.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { mayCall, noneAllowed } from '../../../shared/settings/model-access.ts'
import type { ModelProfile, Settings, StoredSettings } from '../../../shared/settings/settings.ts'
import { runAttempt } from '../../../shared/turn/run.ts'
import { personaOf, turnPersona } from '../personas/turn-persona.ts'
import { withAnswerCache } from './answer-cache.ts'
import { candidatesOf, type ModelCandidate, profileCandidate } from './candidates.ts'
import { guardedModel, ModelDenied } from './guarded-model.ts'
import { BudgetExceeded, metered } from './meter.ts'
import { structured } from './structured.ts'
import { settingsOf } from './tenant-settings.ts'
import { timeoutsFor } from './timeouts.ts'

/** The longest silence of the stream. Milliseconds. A line follows at a third of it. */
const leaseMs = 15_000

/** A started call. */
export interface StartedCall {
  readonly stream: ReadableStream<Uint8Array>
  /** What the model lock would refuse, if it only warns. */
  readonly lock_warning?: string | undefined
}

interface Choice {
  readonly candidates: readonly ModelCandidate[]
  readonly lock_warning?: string | undefined
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

/** The models that answer the call, in order; or why there are none. */
function chooseCandidates(
  env: ConversationEnv,
  tenant: TenantId,
  { settings, credentials }: StoredSettings,
  { role, overrides: { model, base_url, ...changes } = {} }: Invocation,
  persona: StoredPersona['persona'] | undefined,
): Result<Choice, Failure> {
  const isEscalated = role === 'escalation'
  if (isEscalated && (settings.chat.fallback === null || settings.features.escalation === 'disabled'))
    return invalid('/role', 'needs a fallback profile of the chat, and escalation that is on')
  const candidates = candidatesOf(env, tenant, settings, isEscalated, persona, changes)
  const reserved = reservedIn(changes.kwargs, settings.models)
  if (reserved !== undefined) return invalid('/overrides/kwargs', `must not name ${reserved}`)
  const name = model === undefined ? undefined : profileNamed(settings.models, model)
  const named = name === undefined ? undefined : profileCandidate(env, tenant, settings, name, changes)
  // Without a profile, the model of the environment is the only candidate.
  const isUnlisted = model !== undefined && !named && !candidates.some((candidate) => candidate.name === model)
  if (base_url === undefined && !isUnlisted) return usable(settings, credentials, named ? [named] : candidates)
  if (settings.router.model_lock === 'enforce')
    return base_url === undefined
      ? invalid('/overrides/model', 'must be an id of `GET /v1/models`')
      : fail({ kind: 'denied', action: 'model.invoke', reasons: ['model_locked'] })
  const base = (named ?? candidates[0])?.name ?? ''
  const profile = Object.hasOwn(settings.models, base) ? settings.models[base] : undefined
  if (!profile || profile.provider === 'builtin')
    return invalid(base_url === undefined ? '/overrides/model' : '/overrides/base_url', 'needs a model profile with an address')
  // The price of another model is unknown.
  const { price: _price, ...unpriced } = profile
  const changed = { ...(isUnlisted ? unpriced : profile), ...(base_url !== undefined && { base_url }), ...(isUnlisted && { model }) }
  const unlocked = profileCandidate(env, tenant, { ...settings, models: { [base]: changed } }, base, changes)
  const chosen = usable(settings, credentials, unlocked ? [{ ...unlocked, isOwnChoice: isUnlisted }] : [])
  if (!chosen.ok || settings.router.model_lock === 'off') return chosen
  const what = [...(base_url === undefined ? [] : ['address']), ...(isUnlisted ? ['model'] : [])].join(' and ')
  return ok({ ...chosen.value, lock_warning: `The call names its own ${what}. The model lock of this workspace will refuse that.` })
}

/** The candidates that the tenant's lists allow, or why none of them can be called. */
function usable(
  { router, models }: Settings,
  credentials: StoredSettings['credentials'],
  candidates: readonly ModelCandidate[],
): Result<Choice, Failure> {
  const allowed = candidates.filter((candidate) => mayCall(router, candidate))
  if (allowed.length > 0) return requireKey(credentials, models, allowed)
  return fail({ kind: 'model_failed', why: 'denied', detail: noneAllowed(candidates.map((candidate) => nameForPolicy(candidate))) })
}

/** The model in the policy's input. */
const nameForPolicy = ({ name, providerModel, isOwnChoice }: ModelCandidate): string => (isOwnChoice && providerModel) || name

/** A field of `kwargs` that a provider of the tenant reserves, such as the one of the instructions. Undefined: none. */
function reservedIn(kwargs: object | undefined, models: Readonly<Record<string, ModelProfile>>): string | undefined {
  const names = new Set(Object.values(models).flatMap(({ provider }) => reservedFields[provider]))
  return Object.keys(kwargs ?? {}).find((name) => names.has(name))
}

/** The profile with this name, else the first one of this model of a provider. */
const profileNamed = (models: Readonly<Record<string, ModelProfile>>, model: string): string | undefined =>
  Object.hasOwn(models, model) ? model : Object.keys(models).find((name) => models[name]?.model === model)

/** Fails if no candidate has its key. A candidate without one is left to its own error. */
function requireKey(
  credentials: StoredSettings['credentials'],
  models: Readonly<Record<string, ModelProfile>>,
  candidates: readonly ModelCandidate[],
): Result<Choice, Failure> {
  const missing = candidates.map(({ name, baseUrl }) => {
    const credential = baseUrl === undefined ? undefined : models[name]?.credential
    return credential !== undefined && !credentials.some(({ provider }) => provider === credential) ? credential : undefined
  })
  const [first] = missing
  return first !== undefined && !missing.includes(undefined) ? fail({ kind: 'no_credentials', name: first }) : ok({ candidates })
}

/** Starts a call. Its lines are NDJSON of `InvokeLine`. Cancelling the stream stops the model. */
export async function invoke(
  env: ConversationEnv,
  invocation: Invocation,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Result<StartedCall, Failure>> {
  const { persona_id, request, subject, role_at_most, tools = [] } = invocation
  const sent = promptOf(invocation)
  const tenant = TenantId.parse(invocation.tenant)
  const at = Date.now()
  const job = { tenant, subject, persona_id, metadata: {}, at, request, role_at_most }
  const [stored, persona] = await Promise.all([settingsOf(env, tenant), personaOf(env, job)])
  const chosen = chooseCandidates(env, tenant, stored, invocation, persona?.persona)
  if (!chosen.ok) return chosen
  const { instructions } = await turnPersona(env, job, stored.settings, persona)
  const { lock_warning } = chosen.value
  const { ttl_seconds } = stored.settings.answer_cache
  const candidates = chosen.value.candidates.map((candidate) => ({
    ...candidate,
    model: guardedModel(withAnswerCache(candidate, tenant, ttl_seconds, job, waitUntil), nameForPolicy(candidate), job, env, waitUntil),
  }))
  // The caller's own system messages come after the instructions of the workspace and the persona.
  const own = sent.flatMap(({ role, text }): Instruction[] =>
    role === 'system' && text !== '' ? [{ kind: 'user_instructions', source: 'caller', text }] : [],
  )
  const choice = {
    settings: stored.settings,
    candidates,
    persona,
    instructions: [...instructions, ...own],
    // The caller runs them itself, so no rule about tools of the workspace concerns them.
    ...(tools.length > 0 && { ownTools: tools }),
    ...(sent.some(hasImages) && { files: sentImages }),
  }
  const account = { tenant, persona: persona_id, user: subject, attempt: `invoke/${crypto.randomUUID()}`, job }
  const format = invocation.response_format ?? persona?.persona.response_format ?? undefined
  const model = structured(
    metered(env, account, async () => choice, waitUntil),
    async () => ({ format, restarts: true }),
  )
  const attempt = { messages: sent.filter(({ role }) => role !== 'system'), metadata: {}, at }
  const stream = lineStream((signal) => linesOf(env, format ? withheld(model) : model, candidates, attempt, invocation, signal))
  return ok({ stream, ...(lock_warning !== undefined && { lock_warning }) })
}

/** The conversation of a call. */
const promptOf = ({ prompt, messages }: Invocation): readonly ModelMessage[] =>
  prompt ?? messages.map(({ role, content }) => ({ role, text: content }))

const hasImages = (message: ModelMessage): boolean => 'images' in message && (message.images?.length ?? 0) > 0

/** The images that the caller sent with its messages. A model that sees none reads that there were some. */
const sentImages = {
  withDocuments: async (messages: readonly ModelMessage[]) => messages,
  withImages: async (messages: readonly ModelMessage[]) => messages,
  withoutImages: (messages: readonly ModelMessage[]) =>
    messages.map((message): ModelMessage => {
      if (!hasImages(message) || message.role !== 'user') return message
      const { images = [], ...rest } = message
      return { ...rest, text: `${message.text}\n[${images.length} of the user's images cannot be shown to this model.]`.trim() }
    }),
}

/** `model` with its text in one piece after the end, so that a caller sees no text that is void. */
const withheld = (model: Model): Model => ({
  async *answer(request, signal) {
    let text = ''
    for await (const chunk of model.answer(request, signal)) {
      if (chunk.type === 'text') text += chunk.text
      else if (chunk.type === 'text_void') text = ''
      yield chunk.type === 'text' || chunk.type === 'text_void' ? { type: 'alive' } : chunk
    }
    yield { type: 'text', text }
  },
})

/** The lines of one call, with retries before the first text. */
async function* linesOf(
  env: ConversationEnv,
  model: Model,
  candidates: readonly ModelCandidate[],
  job: Parameters<typeof runAttempt>[1],
  { tools, reasoning: wantsReasoning }: Pick<Invocation, 'tools' | 'reasoning'>,
  signal: AbortSignal,
): AsyncGenerator<InvokeLine, void> {
  let fault: InvokeFault = 'failed'
  const observed: Model = {
    async *answer(request, signal) {
      try {
        yield* model.answer(request, signal)
      } catch (error) {
        fault = error instanceof BudgetExceeded ? 'budget' : error instanceof ModelDenied ? 'denied' : 'failed'
        throw error
      }
    },
  }
  for await (const line of runAttempt(observed, job, signal, timeoutsFor(env, { lease_ms: leaseMs }), tools)) {
    if (line.type === 'text' || line.type === 'usage') yield line
    else if (line.type === 'call') yield { type: 'call', name: line.name, arguments: line.arguments }
    else if (line.type === 'alive') {
      const { answered_by, reasoning } = line
      if (answered_by === undefined)
        yield wantsReasoning && reasoning !== undefined ? { type: 'reasoning', text: reasoning } : { type: 'alive' }
      else {
        const baseUrl = candidates.find(({ name }) => name === answered_by.model)?.baseUrl
        yield { type: 'model', model: answered_by.model, base_url: baseUrl ?? null }
      }
    } else if (line.type === 'end') {
      const { reason = 'The model did not answer.' } = line
      yield line.outcome === 'failed' ? { type: 'failed', fault, reason } : { type: 'end', truncated: line.truncated ?? false }
    }
  }
}

/** The lines as bytes. Each read pulls one line, so a slow reader slows the model down. */
function lineStream(open: (signal: AbortSignal) => AsyncGenerator<InvokeLine, void>): ReadableStream<Uint8Array> {
  const cancellation = new AbortController()
  const lines = open(cancellation.signal)
  const encoder = new TextEncoder()
  return new ReadableStream({
    // Only byte streams cross RPC.
    type: 'bytes',
    async pull(controller) {
      const { done, value } = await lines.next()
      if (!done) return controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
      if (cancellation.signal.aborted) return
      controller.close()
      // A pending read of a byte stream is answered only now.
      controller.byobRequest?.respond(0)
    },
    cancel(reason) {
      cancellation.abort(reason)
    },
  })
}
