/** `/v1/models` and `/v1/llm/invoke`: the models that the caller may use, and calls of them without a session. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { EndpointStates, InvokeModel, InvokeResult, Model, ModelList, RoutedModel, RouteModel } from '../../../shared/api/models.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { modelAdmin } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { chunkEvents, wholeAnswer } from './invocation.ts'
import { namedModels } from './names.ts'
import { callerOf, eventBody, startCall } from './start-call.ts'

const tags = ['Models']

const list = createRoute({
  method: 'get',
  path: '/v1/models',
  tags,
  summary: 'List the models that you may use',
  description: "In the shape of OpenAI's API.",
  responses: { 200: json(ModelList), ...problems(401, 403, 503) },
})

const get = createRoute({
  method: 'get',
  path: '/v1/models/{model}',
  tags,
  summary: 'Read a model that you may use',
  request: { params: z.object({ model: z.string().min(1).max(200) }) },
  responses: { 200: json(Model), ...problems(400, 401, 403, 404, 503) },
})

const endpoints = createRoute({
  method: 'get',
  path: '/v1/model-endpoints',
  tags,
  summary: 'Show the circuit breakers of the model profiles',
  description: 'As the isolate that answers sees them. Each isolate counts alone.',
  responses: { 200: json(EndpointStates), ...problems(401, 403, 503) },
})

const route = createRoute({
  method: 'post',
  path: '/v1/route',
  tags,
  summary: 'Choose one of several models',
  description: 'In the shape of SomaAgent01: the best candidate that you may use. Of equal ones, the first.',
  request: { body: jsonBody(RouteModel) },
  responses: { 200: json(RoutedModel), ...problems(400, 401, 403, 503) },
})

const failures = problems(400, 401, 403, 404, 429, 502, 503)

const invoke = createRoute({
  method: 'post',
  path: '/v1/llm/invoke',
  tags,
  summary: 'Call a model without a session',
  description: 'Budgets, policy and rate limits apply. Nothing of the call is stored, except usage and audit entries.',
  request: { body: jsonBody(InvokeModel) },
  responses: { 200: json(InvokeResult), ...failures },
})

const stream = createRoute({
  method: 'post',
  path: '/v1/llm/invoke/stream',
  tags,
  summary: 'Call a model without a session, and stream the answer',
  description: "The events are OpenAI's chunks, and `[DONE]` at the end. A failure after the start is an event with `error`.",
  request: { body: jsonBody(InvokeModel) },
  responses: { 200: { description: 'The answer', content: { 'text/event-stream': { schema: z.string() } } }, ...failures },
})

export const modelRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    return c.json({ object: 'list' as const, data: await namedModels(c) }, 200)
  })
  .openapi(get, async (c) => {
    const found = (await namedModels(c)).find(({ id }) => id === c.req.valid('param').model)
    return found ? c.json(found, 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(endpoints, async (c) => c.json({ endpoints: [...(await modelAdmin(c).endpoints(c.var.principal.tenant))] }, 200))
  .openapi(route, async (c) => {
    const routed = await modelAdmin(c).route(callerOf(c), c.req.valid('json').candidates)
    if (routed) return c.json(routed, 200)
    return problem(c, { kind: 'invalid', errors: [{ pointer: '/candidates', detail: 'must name a model that you may use' }] })
  })
  .openapi(invoke, async (c) => {
    const call = await startCall(c, c.req.valid('json'))
    if (!call.ok) return problem(c, call.error)
    const { lines, cancel, end, headers } = call.value
    try {
      const answer = await wholeAnswer(lines)
      return answer.ok ? c.json(answer.value, 200, headers) : problem(c, answer.error)
    } finally {
      cancel()
      end()
    }
  })
  .openapi(stream, async (c) => {
    const call = await startCall(c, c.req.valid('json'))
    if (!call.ok) return problem(c, call.error)
    const head = { id: `chatcmpl-${c.get('requestId')}`, created: Math.floor(Date.now() / 1_000) }
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', ...call.value.headers }
    // A stream has no JSON type for the route's description.
    return c.body(eventBody(chunkEvents(call.value.lines, head), call.value), 200, headers) as never
  })
