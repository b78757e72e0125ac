/** The face of Anthropic's API: messages. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { Message, MessagesRequest } from '../../../../shared/api/anthropic-messages.ts'
import type { Gateway } from '../../http/context.ts'
import { jsonBody, onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { eventBody } from '../../models/start-call.ts'
import { openAnswer } from '../open-answer.ts'
import { anthropicFailure } from './errors.ts'
import { faceRequest, messageEvents, wholeMessage } from './translate.ts'

/** The paths whose refusals have Anthropic's shape, and that take `x-api-key`. */
export const anthropicPaths = ['/v1/messages'] as const

const create = createRoute({
  method: 'post',
  path: '/v1/messages',
  tags: ['Faces'],
  summary: "Answer a conversation in the shape of Anthropic's API",
  description:
    'Without `session_id` nothing is stored, and the client runs its own tools. With it, the last user message becomes a turn of the session. Errors have the shape of that API. The credential may also be in `x-api-key`.',
  request: { body: jsonBody(MessagesRequest) },
  responses: {
    200: {
      description: 'The answer, or with `stream` its events',
      content: { 'application/json': { schema: Message }, 'text/event-stream': { schema: z.string() } },
    },
    ...problems(400, 401, 403, 404, 409, 429, 502, 503),
  },
})

export const anthropicRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(create, async (c) => {
  const body = c.req.valid('json')
  const request = faceRequest(body)
  if (!request.ok) return problem(c, request.error)
  const answer = await openAnswer(c, request.value)
  if (!answer.ok) return problem(c, answer.error)
  const { events, cancel, end, session, turn } = answer.value
  const head = { id: `msg_${turn ?? c.get('requestId')}`, model: body.model, ...(session !== undefined && { session_id: session }) }
  if (body.stream) {
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }
    // A stream has no JSON type for the route's description.
    return c.body(eventBody(messageEvents(events, head, anthropicFailure), { cancel, end }), 200, headers) as never
  }
  try {
    const message = await wholeMessage(events, head)
    return message.ok ? c.json(message.value, 200) : problem(c, message.error)
  } finally {
    cancel()
    end()
  }
})
