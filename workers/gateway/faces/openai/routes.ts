/** The face of OpenAI's API: chat completions. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { ChatCompletion, ChatCompletionRequest } from '../../../../shared/api/openai-chat.ts'
import type { Gateway } from '../../http/context.ts'
import { jsonBody, onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { eventBody } from '../../models/start-call.ts'
import { openAnswer } from '../open-answer.ts'
import { chatChunks, chatCompletion, faceRequest } from './chat-translate.ts'
import { openaiFailure } from './errors.ts'

/** The paths whose refusals have OpenAI's shape. */
export const openaiPaths = [
  '/v1/chat/completions',
  '/v1/embeddings',
  '/v1/files',
  '/v1/files/*',
  '/v1/responses',
  '/v1/responses/*',
] as const

const complete = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  tags: ['Faces'],
  summary: "Answer a conversation in the shape of OpenAI's API",
  description:
    'Without `session_id` nothing is stored, and the client runs its own tools. With it, the last user message becomes a turn of the session. Errors have the shape of that API.',
  request: { body: jsonBody(ChatCompletionRequest) },
  responses: {
    200: {
      description: 'The answer, or with `stream` its chunks and `[DONE]`',
      content: { 'application/json': { schema: ChatCompletion }, 'text/event-stream': { schema: z.string() } },
    },
    ...problems(400, 401, 403, 404, 409, 429, 502, 503),
  },
})

export const openaiRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(complete, async (c) => {
  const body = c.req.valid('json')
  const request = faceRequest(body)
  if (!request.ok) return problem(c, request.error)
  const answer = await openAnswer(c, request.value)
  if (!answer.ok) return problem(c, answer.error)
  const { events, cancel, end, session } = answer.value
  const id = `chatcmpl-${answer.value.turn ?? c.get('requestId')}`
  const head = {
    id,
    created: Math.floor(Date.now() / 1_000),
    model: body.model,
    ...(session !== undefined && { session_id: session }),
  }
  if (body.stream) {
    const chunks = chatChunks(events, head, body.stream_options?.include_usage === true, openaiFailure)
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }
    // A stream has no JSON type for the route's description.
    return c.body(eventBody(chunks, { cancel, end }), 200, headers) as never
  }
  try {
    const completion = await chatCompletion(events, head)
    return completion.ok ? c.json(completion.value, 200) : problem(c, completion.error)
  } finally {
    cancel()
    end()
  }
})
