/** The face of OpenAI's API: embeddings. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { EmbeddingList, EmbeddingRequest } from '../../../../shared/api/embeddings.ts'
import { toBase64 } from '../../../../shared/lib/base64.ts'
import type { Gateway } from '../../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../../http/openapi.ts'
import { modelAdmin } from '../../http/parties.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { callLease, tooManyCalls } from '../../models/call-limit.ts'
import { callerOf } from '../../models/start-call.ts'

const embedRoute = createRoute({
  method: 'post',
  path: '/v1/embeddings',
  tags: ['Faces'],
  summary: "Embed texts in the shape of OpenAI's API",
  description: 'Budgets, policy and rate limits apply. Nothing of the call is stored, except usage and audit entries.',
  request: { body: jsonBody(EmbeddingRequest) },
  responses: { 200: json(EmbeddingList), ...problems(400, 401, 403, 429, 502, 503) },
})

export const embeddingRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(embedRoute, async (c) => {
  const { model, input, dimensions, encoding_format } = c.req.valid('json')
  const texts = typeof input === 'string' ? [input] : input
  const lease = callLease(c)
  if (lease && (await lease.take())) return problem(c, tooManyCalls)
  try {
    const result = await modelAdmin(c).embed({ ...callerOf(c), model, texts, dimensions: dimensions ?? undefined })
    if (!result.ok) return problem(c, result.error)
    const { vectors, input_tokens } = result.value
    const data = vectors.map((vector, index) => ({
      object: 'embedding' as const,
      index,
      embedding: encoding_format === 'base64' ? toBase64(bytesOf(vector)) : [...vector],
    }))
    return c.json({ object: 'list' as const, model, data, usage: { prompt_tokens: input_tokens, total_tokens: input_tokens } }, 200)
  } finally {
    lease?.release()
  }
})

/** The numbers as bytes, little-endian, which every platform of Workers is. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)
