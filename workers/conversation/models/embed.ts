/** Embeds texts. The call is metered, authorized and limited like every other call of a model. Nothing of it is stored but usage and audit entries. */
import { TenantId } from '../../../shared/ids.ts'
import { hashEmbedding } from '../../../shared/memory/engine/embedding.ts'
import type { EmbeddingCall, Embeddings } from '../../../shared/model/embedding.ts'
import { type Model, ModelError } from '../../../shared/model/model.ts'
import { estimateContextTokens } from '../../../shared/model/tokens.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { mayCall, noneAllowed } from '../../../shared/settings/model-access.ts'
import type { ModelProfile } from '../../../shared/settings/settings.ts'
import { candidateOf, endpointOf, type ModelCandidate } from './candidates.ts'
import { requestEmbeddings } from './embedding-endpoint.ts'
import { withBreaker } from './endpoint-breakers.ts'
import { guardedModel, ModelDenied } from './guarded-model.ts'
import { BudgetExceeded, metered } from './meter.ts'
import { settingsOf } from './tenant-settings.ts'

/** The longest wait for a provider. Milliseconds. */
const timeoutMs = 60_000

/** Names of the builtin embedding, which needs no profile. */
const builtinNames: ReadonlySet<string> = new Set(['default', 'builtin'])
const builtinProfile: ModelProfile = { provider: 'builtin', model: 'builtin' }

const invalid = (detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer: '/model', detail }] })

export async function embed(
  env: ConversationEnv,
  call: EmbeddingCall,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Result<Embeddings, Failure>> {
  const tenant = TenantId.parse(call.tenant)
  const { settings } = await settingsOf(env, tenant)
  const own = Object.hasOwn(settings.models, call.model) ? settings.models[call.model] : undefined
  const profile = own ?? (builtinNames.has(call.model) ? builtinProfile : undefined)
  if (profile === undefined) return invalid('must be a model profile, `builtin` or `default`')
  if (profile.provider !== 'builtin' && profile.provider !== 'openai-compatible')
    return invalid('must be a profile of an OpenAI-compatible provider: others embed no texts')
  const name = own === undefined ? 'builtin' : call.model
  if (!mayCall(settings.router, { name, providerModel: profile.model }))
    return fail({ kind: 'model_failed', why: 'denied', detail: noneAllowed([name]) })

  let result: Embeddings | undefined
  const embedding: Model = {
    async *answer(_, signal) {
      result =
        profile.provider === 'builtin' ? byHash(call) : await requestEmbeddings(await endpointOf(env, tenant, name, profile), call, signal)
      yield { type: 'usage', usage: { input_tokens: result.input_tokens, output_tokens: 0 } }
    },
  }
  const model = profile.base_url === undefined ? embedding : withBreaker(embedding, name, { tenant, baseUrl: profile.base_url })
  const job = { tenant, subject: call.subject, metadata: {}, request: call.request, role_at_most: call.role_at_most }
  const candidate: ModelCandidate = {
    ...candidateOf(env, tenant, name, profile),
    model: guardedModel(model, name, job, env, waitUntil),
    // Texts are embedded one by one, so they share no window, and there is no answer.
    historyTokens: Number.MAX_SAFE_INTEGER,
    maxTokens: 1,
  }
  const account = { tenant, persona: undefined, user: call.subject, attempt: `embed/${crypto.randomUUID()}`, job }
  const meteredModel = metered(env, account, async () => ({ settings, candidates: [candidate] }), waitUntil)
  const messages = call.texts.map((text) => ({ role: 'user' as const, text }))
  try {
    for await (const _ of meteredModel.answer({ messages, tools: [], metadata: {}, at: Date.now() }, AbortSignal.timeout(timeoutMs)));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    const why = error instanceof BudgetExceeded ? 'budget' : error instanceof ModelDenied ? 'denied' : 'failed'
    return fail({ kind: 'model_failed', why, detail: error.message })
  }
  return result === undefined ? fail({ kind: 'model_failed', why: 'failed', detail: 'The model did not answer.' }) : ok(result)
}

const byHash = ({ texts, dimensions }: EmbeddingCall): Embeddings => ({
  vectors: texts.map((text) => hashEmbedding(text, dimensions)),
  input_tokens: estimateContextTokens(texts),
})
