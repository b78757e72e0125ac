/** `/v1/models` and `/v1/llm/invoke`: the models that the caller may use, and calls of them without a session. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { EndpointStates, InvokeModel, InvokeResult, ModelList, RoutedModel, RouteModel } from '../../../shared/api/models.ts'
import type { ModelCaller } from '../../../shared/model/invocation.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { modelAdmin } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { mayChoosePersona } from '../personas/choose.ts'
import { callLease, tooManyCalls, whileLeased } from './call-limit.ts'
import { chunkEvents, type RunningCall, runningCall, wholeAnswer } from './invocation.ts'

const tags = ['Models']

const list = createRoute({
  method: 'get',
  path: '/v1/models',
  tags,
  summary: 'List the models that you may use',
  description: "In the shape of OpenAI's API.",
  responses: { 200: json(ModelList), ...problems(401, 403, 503) },
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

/** The caller as the conversation Worker knows it. The role of an API key limits that of its user. */
function callerOf(c: GatewayContext): ModelCaller {
  const { tenant, subject, roles, via } = c.var.principal
  return { tenant, subject, request: c.get('requestId'), role_at_most: via === 'api_key' ? roles[0] : undefined }
}

interface StartedCall extends RunningCall {
  readonly end: () => void
  readonly headers: Readonly<Record<string, string>>
}

/** SomaAgent01's header: the model lock only warns, and would refuse the call. */
const warningHeader = 'x-gateway-model-lock-warning'

/** Starts a call. `end`: call it once the lines are read. */
async function start(c: GatewayContext, body: InvokeModel): Promise<Result<StartedCall, Failure>> {
  if (!(await mayChoosePersona(c, body.persona_id)))
    return fail({ kind: 'invalid', errors: [{ pointer: '/persona_id', detail: 'must be a persona that you may choose' }] })
  const lease = callLease(c)
  if (lease && (await lease.take())) return fail(tooManyCalls)
  const { role, messages, persona_id, overrides } = body
  try {
    const started = await modelAdmin(c).invoke({ ...callerOf(c), role, messages, persona_id, overrides })
    if (!started.ok) {
      lease?.release()
      return started
    }
    const { stream, lock_warning } = started.value
    const call = runningCall(stream)
    const headers = lock_warning === undefined ? {} : { [warningHeader]: lock_warning }
    return ok({ lines: whileLeased(call.lines, lease), cancel: call.cancel, end: () => lease?.release(), headers })
  } catch (error) {
    lease?.release()
    throw error
  }
}

/** A client that reads nothing for this long loses its stream, so that the provider's connection closes. Milliseconds. */
const unreadMs = 60_000

/** The events as a response body. The model stops when the client leaves. */
function eventBody(events: AsyncGenerator<string>, { cancel, end }: { cancel: () => void; end: () => void }): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let unread: ReturnType<typeof setTimeout> | null = null
  const stop = () => {
    clearTimeout(unread)
    end()
    cancel()
  }
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(unread)
        try {
          const { done, value } = await events.next()
          if (done) {
            stop()
            return controller.close()
          }
          controller.enqueue(encoder.encode(value))
          unread = setTimeout(() => {
            stop()
            controller.error(new Error('the client does not read'))
          }, unreadMs)
        } catch (error) {
          stop()
          throw error
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  )
}

export const modelRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const models = await modelAdmin(c).models(callerOf(c))
    return c.json(
      { object: 'list' as const, data: models.map(({ id, owner }) => ({ id, object: 'model' as const, created: 0, owned_by: owner })) },
      200,
    )
  })
  .openapi(endpoints, async (c) => c.json({ endpoints: [...(await modelAdmin(c).endpoints(c.var.principal.tenant))] }, 200))
  .openapi(route, async (c) => {
    const routed = await modelAdmin(c).route(callerOf(c), c.req.valid('json').candidates)
    if (routed) return c.json(routed, 200)
    return problem(c, { kind: 'invalid', errors: [{ pointer: '/candidates', detail: 'must name a model that you may use' }] })
  })
  .openapi(invoke, async (c) => {
    const call = await start(c, c.req.valid('json'))
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
    const call = await start(c, c.req.valid('json'))
    if (!call.ok) return problem(c, call.error)
    const head = { id: `chatcmpl-${c.get('requestId')}`, created: Math.floor(Date.now() / 1_000) }
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', ...call.value.headers }
    // A stream has no JSON type for the route's description.
    return c.body(eventBody(chunkEvents(call.value.lines, head), call.value), 200, headers) as never
  })
