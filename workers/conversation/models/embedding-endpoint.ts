/** Embeddings of an OpenAI-compatible endpoint (`POST /embeddings`). */
import { z } from 'zod'
import { embeddingLimits } from '../../../shared/api/embeddings.ts'
import { readText } from '../../../shared/lib/read-text.ts'
import type { EmbeddingCall, Embeddings } from '../../../shared/model/embedding.ts'
import { ModelError } from '../../../shared/model/model.ts'
import { estimateContextTokens } from '../../../shared/model/tokens.ts'
import { checkedAddress, type Endpoint, sourceOf } from './endpoint.ts'
import { providerError, toModelError } from './provider-error.ts'

/** The most bytes of a response: the most numbers of the most texts, with some ten characters each. */
const maxBytes = 16 * 1024 * 1024

const Response = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1).max(embeddingLimits.dimensions) })),
  usage: z.object({ prompt_tokens: z.int().min(0) }).nullish(),
})

/** The vectors of the texts. Throws `ModelError`. The endpoint sends one vector of the same length for each text. */
export async function requestEmbeddings(
  endpoint: Endpoint,
  { texts, dimensions }: EmbeddingCall,
  signal: AbortSignal,
): Promise<Embeddings> {
  const { apiKey, model } = endpoint
  const address = `${checkedAddress(endpoint).replace(/\/+$/, '')}/embeddings`
  const body = JSON.stringify({ model, input: texts, encoding_format: 'float', ...(dimensions !== undefined && { dimensions }) })
  const headers = { 'content-type': 'application/json', ...(apiKey !== '' && { authorization: `Bearer ${apiKey}` }) }
  const response = await fetch(address, { method: 'POST', headers, body, redirect: 'manual', signal }).catch(() => {
    throw new ModelError(signal.aborted ? 'The model endpoint did not answer in time.' : 'The model endpoint cannot be reached.', {})
  })
  const text = await readText(response, maxBytes)
  if (text === null) throw new ModelError('The model endpoint sent more than it was asked for.')
  if (!response.ok) throw toModelError(providerError(text, response.status), apiKey, sourceOf(endpoint), response.headers)
  const parsed = Response.safeParse(jsonOf(text))
  if (!parsed.success) throw new ModelError('The model endpoint sent something that is not a list of embeddings.')
  const { data, usage } = parsed.data
  const vectors = texts.map((_, at) => data.find(({ index }) => index === at)?.embedding)
  const [first] = vectors
  const isWhole = (vector: readonly number[] | undefined): vector is number[] => vector !== undefined && vector.length === first?.length
  if (!vectors.every(isWhole)) throw new ModelError('The model endpoint did not send one embedding of the same length for each text.')
  return { vectors: vectors.map((vector) => Float32Array.from(vector)), input_tokens: usage?.prompt_tokens ?? estimateContextTokens(texts) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
