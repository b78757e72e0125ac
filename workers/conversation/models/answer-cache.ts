/**
 * Answers of a workspace to exactly the same request, if its settings ask for that. The key is a hash of everything that the model receives.
 * So other instructions, another user's name or another model miss. Calls with tools or images are never answered so. The platform's cache holds
 * the answers, in one location each, and may drop them at any time.
 */
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { Usage } from '../../../shared/events/event.ts'
import type { TenantId } from '../../../shared/ids.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { type JobIds, jobFields } from '../../../shared/log/fields.ts'
import type { Model, ModelRequest } from '../../../shared/model/model.ts'
import { logger } from '../logger.ts'
import type { ModelCandidate } from './candidates.ts'

/** What the cache stores of an answer. */
const CachedAnswer = z.object({ text: z.string().min(1), usage: Usage.optional() })
type CachedAnswer = z.infer<typeof CachedAnswer>

const cacheName = 'soma-answers'

/** An address that no server has. It holds the tenant, so no tenant finds another's answer. */
const addressOf = (tenant: TenantId, key: string): string => `https://answers.invalid/${encodeURIComponent(tenant)}/${key}`

/** Everything that decides the answer. */
const keyOf = (
  { name, providerModel, baseUrl, options }: Pick<ModelCandidate, 'name' | 'providerModel' | 'baseUrl' | 'options'>,
  { messages, responseFormat, maxTokens }: ModelRequest,
): string => textHash(canonicalize({ name, providerModel, baseUrl, options, messages, responseFormat, maxTokens }) ?? '')

/** An image is large, and rarely sent twice. */
const hasImages = (message: ModelRequest['messages'][number]): boolean => 'images' in message && (message.images ?? []).length > 0

/** The model of `candidate`, which answers from the cache of the tenant. `ttlSeconds`: 0: the model itself. */
export function withAnswerCache(
  candidate: Pick<ModelCandidate, 'name' | 'model' | 'providerModel' | 'baseUrl' | 'options'>,
  tenant: TenantId,
  ttlSeconds: number,
  job: JobIds,
  waitUntil: (work: Promise<unknown>) => void,
): Model {
  const { model } = candidate
  if (ttlSeconds === 0) return model
  return {
    async *answer(request, signal) {
      if (request.tools.length > 0 || request.messages.some(hasImages)) return yield* model.answer(request, signal)
      const address = addressOf(tenant, keyOf(candidate, request))
      const unless = (error: unknown) => void logger.write('answer_cache.failed', { error, ...jobFields(job) })
      const cached = await read(address).catch(unless)
      signal.throwIfAborted()
      if (cached) {
        yield { type: 'text', text: cached.text }
        if (cached.usage) yield { type: 'usage', usage: { ...cached.usage, from_cache: true } }
        return
      }
      let text = ''
      let usage: Usage | undefined
      let isWhole = true
      for await (const chunk of model.answer(request, signal)) {
        if (chunk.type === 'text') text += chunk.text
        else if (chunk.type === 'usage') usage = chunk.usage
        else if (chunk.type === 'cut' || chunk.type === 'call') isWhole = false
        yield chunk
      }
      if (isWhole && text !== '') waitUntil(write(address, { text, ...(usage && { usage }) }, ttlSeconds).catch(unless))
    },
  }
}

async function read(address: string): Promise<CachedAnswer | undefined> {
  const found = await (await caches.open(cacheName)).match(address)
  return found && CachedAnswer.safeParse(await found.json()).data
}

async function write(address: string, answer: CachedAnswer, ttlSeconds: number): Promise<void> {
  const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${ttlSeconds}` }
  await (await caches.open(cacheName)).put(address, new Response(JSON.stringify(answer), { headers }))
}
