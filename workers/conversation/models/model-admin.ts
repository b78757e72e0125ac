/** Model checks for the gateway: whether an address is allowed, and whether a profile works. Keys never leave this Worker. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { EndpointStates, RoutedModel } from '../../../shared/api/models.ts'
import type { ContextWindow } from '../../../shared/api/turns.ts'
import { SessionId, TenantId } from '../../../shared/ids.ts'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import type { EmbeddingCall, Embeddings } from '../../../shared/model/embedding.ts'
import type { Invocation, ModelCaller } from '../../../shared/model/invocation.ts'
import { ModelError } from '../../../shared/model/model.ts'
import { validateEndpoint } from '../../../shared/net/endpoint.ts'
import type { Failure } from '../../../shared/problem.ts'
import { withResidency } from '../../../shared/residency.ts'
import { ok, type Result } from '../../../shared/result.ts'
import { mayCall, noneAllowed } from '../../../shared/settings/model-access.ts'
import type { ModelProfile, Settings } from '../../../shared/settings/settings.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { type ContextChoice, contextView } from '../context/context-view.ts'
import { candidateOf, endpointRules, modelsOf } from './candidates.ts'
import { embed } from './embed.ts'
import { closeBreaker, openBreakers } from './endpoint-breakers.ts'
import { allowedModels } from './guarded-model.ts'
import { invoke, type StartedCall } from './invoke.ts'
import { bestCandidate, endpointStates, type ListedModel, listedModels } from './listed-models.ts'
import { metered } from './meter.ts'
import { settingsOf } from './tenant-settings.ts'

/** The result of a profile's test. */
export interface ProbeResult {
  readonly ok: boolean
  readonly ms: number
  /** The model's answer, or the problem, as text for the admin. */
  readonly detail: string
  /** The models that the endpoint offers, if it has a list. */
  readonly models?: readonly string[]
}

/** Timeout of the call that tests a profile. Milliseconds. */
const testTimeoutMs = 10_000
/** Timeout of the request for the endpoint's list of models. Milliseconds. */
const listTimeoutMs = 5_000
/** Maximum output tokens of that call. */
const testTokens = 64
/** Timeout of each readiness check. Milliseconds. */
const readyMs = 800
/** Maximum UTF-16 units of an answer that the result shows. */
const detailUnits = 200

/** The entrypoint `ModelDesk`. */
export class ModelAdmin extends WorkerEntrypoint<ConversationEnv> {
  constructor(ctx: ExecutionContext, env: ConversationEnv) {
    super(ctx, withResidency(env))
  }

  /** Whether the tools and the environment's model endpoint respond. `model`: null without an endpoint. `open_breakers`: of this isolate. */
  async ready(): Promise<{ tools: boolean; model: boolean | null; open_breakers?: number }> {
    const base = readVariable(this.env, 'SOMA_MODEL_BASE_URL')
    const responds = (call: Promise<unknown>) =>
      withDeadline(call, readyMs).then(
        () => true,
        () => false,
      )
    // Any response counts: an endpoint may lack this path, or require a key.
    const model =
      base === '' ? null : responds(fetch(`${base.replace(/\/+$/, '')}/models`, { redirect: 'manual' }).then(({ body }) => body?.cancel()))
    const [tools, modelResponds] = await Promise.all([responds(Promise.resolve().then(() => this.env.TOOLS.specs())), model])
    return { tools, model: modelResponds, open_breakers: openBreakers() }
  }

  /** Validates a profile's address: its origin, or why it is not allowed. */
  judge(address: string): Result<string, string> {
    const url = validateEndpoint(address, endpointRules(this.env))
    return url.ok ? ok(url.value.origin) : url
  }

  /** The models that the caller may use: the profiles, or the model that answers without one. */
  async models(caller: ModelCaller): Promise<readonly ListedModel[]> {
    const { settings } = await settingsOf(this.env, TenantId.parse(caller.tenant))
    return this.#usable(caller, settings)
  }

  /** The best of `candidates` for the caller. Null: the caller may use none of them. */
  async route(caller: ModelCaller, candidates: readonly string[]): Promise<RoutedModel | null> {
    const { settings } = await settingsOf(this.env, TenantId.parse(caller.tenant))
    const usable = (await this.#usable(caller, settings)).map(({ id }) => id)
    return bestCandidate(caller.tenant, settings, usable, candidates)
  }

  /** The circuit breakers of the tenant's endpoints, in this isolate. */
  async endpoints(tenant: string): Promise<EndpointStates['endpoints']> {
    const { settings } = await settingsOf(this.env, TenantId.parse(tenant))
    return endpointStates(tenant, settings)
  }

  async #usable(caller: ModelCaller, settings: Settings): Promise<readonly ListedModel[]> {
    const models = listedModels(this.env, settings)
    const allowed = await allowedModels(
      models.map(({ id }) => id),
      caller,
      this.env,
    )
    return models.filter(({ id }) => allowed.includes(id))
  }

  /** Starts a call of a model without a session. The stream holds lines of `InvokeLine`. */
  invoke(invocation: Invocation): Promise<Result<StartedCall, Failure>> {
    return invoke(this.env, invocation, (work) => this.ctx.waitUntil(work))
  }

  /** Embeds texts. */
  embed(call: EmbeddingCall): Promise<Result<Embeddings, Failure>> {
    return embed(this.env, call, (work) => this.ctx.waitUntil(work))
  }

  /** What the model would receive of a session that `owner` owns. */
  contextWindow(tenant: string, session: string, owner: string, choice: ContextChoice = {}): Promise<Result<ContextWindow, Failure>> {
    return contextView(this.env, TenantId.parse(tenant), SessionId.parse(session), owner, choice, (work) => this.ctx.waitUntil(work))
  }

  /** Tests a profile with one short call of at most 10 s, which counts towards the budget. Null: no such profile. */
  async tryProfile(tenantName: string, name: string): Promise<ProbeResult | null> {
    const tenant = TenantId.parse(tenantName)
    const { settings } = await settingsOf(this.env, tenant)
    const profile = Object.hasOwn(settings.models, name) ? settings.models[name] : undefined
    if (!profile) return null
    if (!mayCall(settings.router, { name, providerModel: profile.model })) return { ok: false, ms: 0, detail: noneAllowed([name]) }
    // An admin wants to know whether the endpoint works now.
    if (profile.base_url !== undefined) closeBreaker({ tenant, baseUrl: profile.base_url })
    const [result, models] = await Promise.all([
      this.#call(tenant, name, settings, profile),
      modelsOf(this.env, tenant, name, profile, AbortSignal.timeout(listTimeoutMs)),
    ])
    return { ...result, ...(models.length > 0 && { models }) }
  }

  async #call(tenant: TenantId, name: string, settings: Settings, profile: ModelProfile): Promise<ProbeResult> {
    const limitedProfile = { ...profile, max_tokens: Math.min(profile.max_tokens ?? testTokens, testTokens) }
    const account = { tenant, persona: undefined, attempt: `test/${crypto.randomUUID()}` }
    const choose = async () => ({ settings, candidates: [candidateOf(this.env, tenant, name, limitedProfile)] })
    const model = metered(this.env, account, choose, (settled) => this.ctx.waitUntil(settled))
    const startedAt = Date.now()
    const timeout = AbortSignal.timeout(testTimeoutMs)
    const request = { messages: [{ role: 'user', text: 'Answer with one word: ready' }], tools: [], metadata: {}, at: startedAt } as const
    try {
      let text = ''
      for await (const chunk of model.answer(request, timeout)) {
        if (chunk.type === 'text') text += chunk.text
        if (text.length > detailUnits) break
      }
      const excerpt = text.trim().slice(0, detailUnits).toWellFormed()
      return { ok: true, ms: Date.now() - startedAt, detail: `The model answered: ${excerpt}` }
    } catch (error) {
      if (timeout.aborted) return { ok: false, ms: Date.now() - startedAt, detail: `No answer within ${testTimeoutMs / 1_000} s.` }
      // Our own token limit cut the answer: the profile works.
      if (error instanceof ModelError && error.message.includes('length limit'))
        return { ok: true, ms: Date.now() - startedAt, detail: 'The model answers.' }
      if (error instanceof ModelError) return { ok: false, ms: Date.now() - startedAt, detail: withExcerpt(error) }
      throw error
    }
  }
}

/** The error's message, and the masked excerpt of the provider's text. */
const withExcerpt = ({ message, report }: ModelError): string => (report?.said ? `${message} The provider said: ${report.said}` : message)
