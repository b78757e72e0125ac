/** `POST /v1/tool/request`: a call without a model, as a turn of a session. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { IdempotencyKey } from '../../../shared/api/messages.ts'
import { RequestedTool, RequestTool } from '../../../shared/api/tools.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { toolCatalog } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { newSessionId } from '../sessions/locate.ts'
import { maxRoleOf, post, sendProblem, turnPath } from '../sessions/send.ts'

const request = createRoute({
  method: 'post',
  path: '/v1/tool/request',
  tags: ['Tools'],
  summary: 'Request one call of a tool',
  description:
    'Responds after the request is durable. The call is a turn of its own, without a model. It waits for earlier turns, and runs under the same rules as the calls of a model. Its events are on the stream. Repeating the idempotency key repeats the response.',
  request: { headers: IdempotencyKey, body: jsonBody(RequestTool) },
  responses: { 202: json(RequestedTool, 'The call will run'), ...problems(400, 401, 403, 404, 409, 410, 413, 415, 429, 503) },
})

export const toolRequestRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(request, async (c) => {
  const { tool_name, args, ...options } = c.req.valid('json')
  const key = c.req.valid('header')['idempotency-key']
  const refused = sendProblem(options, key)
  if (refused) return problem(c, refused)
  const { tenant } = c.var.principal
  const owner = c.var.sessionOwner
  const offer = { tenant, subject: owner, role_at_most: maxRoleOf(c.var.principal, owner) }
  const found = await toolCatalog(c).lookUp(offer, tool_name)
  if (!found) {
    const detail = 'must be the name of a tool of `GET /v1/tools`'
    return problem(c, { kind: 'invalid', errors: [{ pointer: '/tool_name', detail }] })
  }
  if (found.refusals.length > 0) return problem(c, { kind: 'denied', action: 'tool.execute', reasons: found.refusals })
  const { effect, timeout_ms } = found.tool
  const text = JSON.stringify(args)
  const eventId = key ?? options.event_id
  const session = options.session_id ?? (await newSessionId(c, eventId))
  const tool = { name: tool_name, arguments: text, effect, timeout_ms }
  const sent = await post(c, { ...options, message: `/tool ${tool_name} ${text}`, tool }, session, eventId)
  if (!sent.ok) return problem(c, sent.error)
  return c.json({ status: 'enqueued' as const, ...sent.value }, 202, { location: turnPath(sent.value) })
})
