/** Calls of models without a session. Nothing of them is stored, except usage and audit entries. */
import { TenantId } from '../../../shared/ids.ts'
import type { Invocation, InvokeFault, InvokeLine } from '../../../shared/model/invocation.ts'
import type { Model, ModelMessage } from '../../../shared/model/model.ts'
import { reservedFields } from '../../../shared/model/providers.ts'
import type { Instruction } from '../../../shared/persona/instructions.ts'
import type { StoredPersona } from '../../../shared/persona/persona.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { ModelProfile, StoredSettings } from '../../../shared/settings/settings.ts'
import { runAttempt } from '../../../shared/turn/run.ts'
import { personaOf, turnPersona } from '../personas/turn-persona.ts'
import { candidatesOf, type ModelCandidate, profileCandidate } from './candidates.ts'
import { guardedModel, ModelDenied } from './guarded-model.ts'
import { BudgetExceeded, metered } from './meter.ts'
import { settingsOf } from './tenant-settings.ts'
import { timeoutsFor } from './timeouts.ts'

/** The longest silence of the stream. Milliseconds. A line follows at a third of it. */
const leaseMs = 15_000

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

/** The models that answer the call, in order; or why there are none. */
function chooseCandidates(
  env: ConversationEnv,
  tenant: TenantId,
  { settings, credentials }: StoredSettings,
  { role, overrides: { model, ...changes } = {} }: Invocation,
  persona: StoredPersona['persona'] | undefined,
): Result<readonly ModelCandidate[], Failure> {
  const isEscalated = role === 'escalation'
  if (isEscalated && (settings.chat.fallback === null || settings.features.escalation === 'disabled'))
    return invalid('/role', 'needs a fallback profile of the chat, and escalation that is on')
  const candidates = candidatesOf(env, tenant, settings, isEscalated, persona, changes)
  const reserved = reservedIn(changes.kwargs, settings.models)
  if (reserved !== undefined) return invalid('/overrides/kwargs', `must not name ${reserved}`)
  const name = model === undefined ? undefined : profileNamed(settings.models, model)
  const named = name === undefined ? undefined : profileCandidate(env, tenant, settings, name, changes)
  if (named) return requireKey(credentials, settings.models, [named])
  // Without a profile, the model of the environment is the only candidate.
  if (model !== undefined && !candidates.some((candidate) => candidate.name === model))
    return invalid('/overrides/model', 'must be an id of `GET /v1/models`')
  return requireKey(credentials, settings.models, candidates)
}

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
): Result<readonly ModelCandidate[], Failure> {
  const missing = candidates.map(({ name, baseUrl }) => {
    const credential = baseUrl === undefined ? undefined : models[name]?.credential
    return credential !== undefined && !credentials.some(({ provider }) => provider === credential) ? credential : undefined
  })
  const [first] = missing
  return first !== undefined && !missing.includes(undefined) ? fail({ kind: 'no_credentials', name: first }) : ok(candidates)
}

/** Starts a call. Its lines are NDJSON of `InvokeLine`. Cancelling the stream stops the model. */
export async function invoke(
  env: ConversationEnv,
  invocation: Invocation,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Result<ReadableStream<Uint8Array>, Failure>> {
  const { messages: sent, persona_id, request, subject, role_at_most } = invocation
  const tenant = TenantId.parse(invocation.tenant)
  const at = Date.now()
  const job = { tenant, subject, persona_id, metadata: {}, at, request, role_at_most }
  const [stored, persona] = await Promise.all([settingsOf(env, tenant), personaOf(env, job)])
  const chosen = chooseCandidates(env, tenant, stored, invocation, persona?.persona)
  if (!chosen.ok) return chosen
  const { instructions } = await turnPersona(env, job, stored.settings, persona)
  const candidates = chosen.value.map((candidate) => ({
    ...candidate,
    model: guardedModel(candidate.model, candidate.name, job, env, waitUntil),
  }))
  // The caller's own system messages come after the instructions of the workspace and the persona.
  const own = sent.flatMap(({ role, content }): Instruction[] =>
    role === 'system' && content !== '' ? [{ kind: 'user_instructions', source: 'caller', text: content }] : [],
  )
  const choice = { settings: stored.settings, candidates, persona, instructions: [...instructions, ...own] }
  const account = { tenant, persona: persona_id, attempt: `invoke/${crypto.randomUUID()}`, job }
  const model = metered(env, account, async () => choice, waitUntil)
  const messages = sent.flatMap(({ role, content }): ModelMessage[] => (role === 'system' ? [] : [{ role, text: content }]))
  return ok(lineStream((signal) => linesOf(env, model, candidates, { messages, metadata: {}, at }, signal)))
}

/** The lines of one call, with retries before the first text. */
async function* linesOf(
  env: ConversationEnv,
  model: Model,
  candidates: readonly ModelCandidate[],
  job: Parameters<typeof runAttempt>[1],
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
  for await (const line of runAttempt(observed, job, signal, timeoutsFor(env, { lease_ms: leaseMs }))) {
    if (line.type === 'text' || line.type === 'usage') yield line
    else if (line.type === 'alive') {
      const { answered_by } = line
      if (answered_by === undefined) yield { type: 'alive' }
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
