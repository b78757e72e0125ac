/** The face of OpenAI's Responses API. A stored response is a turn of a session, and its id names it. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { InputItems, ReadResponse, ResponseObject, ResponsePath, ResponseRequest } from '../../../../shared/api/openai-responses.ts'
import { SessionId } from '../../../../shared/ids.ts'
import type { Failure } from '../../../../shared/problem.ts'
import { toProblem } from '../../../../shared/problem-texts.ts'
import { fail, ok, type Result } from '../../../../shared/result.ts'
import { type NamedTurn, namedTurn, responseId, sessionNamed } from '../../../../shared/session/response-id.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { eventBody } from '../../models/start-call.ts'
import { locate, newSessionId } from '../../sessions/locate.ts'
import type { FaceRequest, OpenAnswer } from '../face.ts'
import { answererOf, openAnswer } from '../open-answer.ts'
import { readTurn, sendTurn } from '../session-turn.ts'
import { ResponseBuilder } from './response-events.ts'
import { canBeTurn, faceRequest } from './responses-request.ts'

const tags = ['Faces']
const sse = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }

const create = createRoute({
  method: 'post',
  path: '/v1/responses',
  tags,
  summary: "Answer in the shape of OpenAI's Responses API",
  description:
    'One user message without instructions, tools, temperature or limits becomes a turn of a session, unless `store` is false. Its response can be read, resumed and cancelled by its id. Everything else is a call without a session.',
  request: { body: jsonBody(ResponseRequest) },
  responses: {
    200: {
      description: 'The response, or with `stream` its events',
      content: { 'application/json': { schema: ResponseObject }, 'text/event-stream': { schema: z.string() } },
    },
    ...problems(400, 401, 403, 404, 409, 429, 502, 503),
  },
})

const get = createRoute({
  method: 'get',
  path: '/v1/responses/{response}',
  tags,
  summary: 'Read a stored response, or follow it',
  description: 'With `stream`, its events after `starting_after`: exactly those that the client lacks.',
  request: { params: ResponsePath, query: ReadResponse },
  responses: {
    200: {
      description: 'The response, or with `stream` its events',
      content: { 'application/json': { schema: ResponseObject }, 'text/event-stream': { schema: z.string() } },
    },
    ...problems(400, 401, 403, 404, 503),
  },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/responses/{response}/cancel',
  tags,
  summary: 'Cancel a stored response',
  request: { params: ResponsePath },
  responses: { 200: json(ResponseObject), ...problems(400, 401, 403, 404, 503) },
})

const inputs = createRoute({
  method: 'get',
  path: '/v1/responses/{response}/input_items',
  tags,
  summary: 'List the input of a stored response',
  request: { params: ResponsePath },
  responses: { 200: json(InputItems), ...problems(400, 401, 403, 404, 503) },
})

/** A response without an answer. */
function emptyResponse(id: string, body: Partial<ResponseRequest> & Pick<ResponseRequest, 'model'>, stored?: NamedTurn): ResponseObject {
  return {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1_000),
    completed_at: null,
    status: 'in_progress',
    incomplete_details: null,
    error: null,
    model: body.model,
    previous_response_id: body.previous_response_id ?? null,
    conversation: stored ? { id: stored.session } : null,
    instructions: body.instructions ?? null,
    output: [],
    usage: null,
    tools: (body.tools ?? []).map((tool) => ({ strict: null, ...tool })),
    tool_choice: body.tool_choice ?? 'auto',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    max_tool_calls: null,
    text: { format: body.text?.format ?? { type: 'text' } },
    truncation: body.truncation ?? 'disabled',
    temperature: body.temperature ?? 1,
    top_p: body.top_p ?? 1,
    top_logprobs: 0,
    presence_penalty: 0,
    frequency_penalty: 0,
    max_output_tokens: body.max_output_tokens ?? null,
    reasoning: { effort: null, summary: null },
    store: stored !== undefined,
    background: body.background ?? false,
    service_tier: 'default',
    metadata: body.metadata ?? {},
    safety_identifier: null,
    prompt_cache_key: null,
    user: null,
  }
}

/** The answer and its response, whose turn is stored or whose call is not. */
interface Started {
  readonly response: ResponseObject
  /** Undefined: it runs in the background. */
  readonly answer?: OpenAnswer
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

async function start(c: GatewayContext, body: ResponseRequest, request: FaceRequest): Promise<Result<Started, Failure>> {
  const isBound = Boolean(body.previous_response_id ?? body.conversation)
  if (body.previous_response_id && body.conversation) return invalid('/conversation', 'must not be sent with previous_response_id')
  const isTurn = canBeTurn(request)
  if (!isTurn && (isBound || body.background))
    return invalid(
      '/input',
      'must be one user message, without instructions, tools, temperature or limits: the session decides about those',
    )
  if (!isTurn || (body.store === false && !isBound)) {
    if (body.background) return invalid('/store', 'must not be false in the background')
    const answer = await openAnswer(c, request)
    return answer.ok ? ok({ response: emptyResponse(`resp_${c.get('requestId')}`, body), answer: answer.value }) : answer
  }
  const previous = namedTurn(body.previous_response_id)
  if (body.previous_response_id && !previous) return fail({ kind: 'not_found' })
  const session = SessionId.safeParse(sessionNamed(body) ?? (await newSessionId(c, undefined)))
  if (!session.success) return invalid('/conversation', 'must be 1 to 64 letters, digits, "-" or "_", and start with a letter or digit')
  const { persona_id, model } = answererOf(request.model)
  const sent = await sendTurn(c, session.data, {
    message: request.prompt[0]?.text ?? '',
    persona_id,
    model,
    response_format: request.format,
    ...(previous && { parent_turn_id: previous.turn }),
  })
  if (!sent.ok) return sent
  const named = { session: session.data, seq: sent.value.seq, turn: sent.value.turn_id }
  const response = emptyResponse(responseId(named), body, named)
  if (body.background && !body.stream) return ok({ response })
  const answer = await readTurn(c, session.data, named.turn, String(named.seq))
  return answer.ok ? ok({ response, answer: answer.value }) : answer
}

/** The events of the stream after `after`. */
async function* streamed({ events }: OpenAnswer, builder: ResponseBuilder): AsyncGenerator<string> {
  yield builder.start()
  for await (const event of events) {
    const text = builder.add(event)
    if (text !== '') yield text
    if (builder.failure) yield builder.fail(toProblem(builder.failure, '').detail)
  }
}

/** The whole response. */
async function whole({ events, cancel, end }: OpenAnswer, builder: ResponseBuilder): Promise<ResponseBuilder> {
  try {
    for await (const event of events) builder.add(event)
    return builder
  } finally {
    cancel()
    end()
  }
}

/** A stored response as it is now. Null: there is none. */
async function current(c: GatewayContext, id: string): Promise<ResponseObject | Failure> {
  const named = namedTurn(id)
  const stub = named && locate(c, named.session)
  const turn = await stub?.turn(c.get('sessionOwner'), named?.turn ?? '')
  if (!named || !turn?.ok) return turn && !turn.ok ? turn.error : { kind: 'not_found' }
  const empty = emptyResponse(id, { model: 'default' }, named)
  const { status, accepted_at, ended_at, reason } = turn.value
  const dated = { ...empty, created_at: Math.floor(accepted_at / 1_000) }
  if (status === 'waiting') return { ...dated, status: 'queued' }
  if (status === 'running') return dated
  const answer = await readTurn(c, SessionId.parse(named.session), named.turn, String(named.seq))
  if (!answer.ok) return answer.error
  const builder = await whole(answer.value, new ResponseBuilder(dated, () => ended_at ?? accepted_at))
  if (builder.failure) builder.fail(reason ?? toProblem(builder.failure, '').detail)
  return builder.response
}

const isFailure = (value: ResponseObject | Failure): value is Failure => 'kind' in value

export const responseRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(create, async (c) => {
    const body = c.req.valid('json')
    const request = faceRequest(body)
    if (!request.ok) return problem(c, request.error)
    const started = await start(c, body, request.value)
    if (!started.ok) return problem(c, started.error)
    const { response, answer } = started.value
    if (!answer) return c.json({ ...response, status: 'queued' as const }, 200)
    const builder = new ResponseBuilder(response, Date.now)
    // A stream has no JSON type for the route's description.
    if (body.stream) return c.body(eventBody(streamed(answer, builder), answer), 200, sse) as never
    builder.start()
    await whole(answer, builder)
    return builder.failure ? problem(c, builder.failure) : c.json(builder.response, 200)
  })
  .openapi(get, async (c) => {
    const { response: id } = c.req.valid('param')
    const { stream, starting_after } = c.req.valid('query')
    const found = await current(c, id)
    if (isFailure(found)) return problem(c, found)
    const named = namedTurn(id)
    if (stream !== 'true' || !named) return c.json(found, 200)
    const answer = await readTurn(c, SessionId.parse(named.session), named.turn, String(named.seq))
    if (!answer.ok) return problem(c, answer.error)
    const empty = emptyResponse(id, { model: 'default' }, named)
    const builder = new ResponseBuilder({ ...empty, created_at: found.created_at }, Date.now, starting_after)
    return c.body(eventBody(streamed(answer.value, builder), answer.value), 200, sse) as never
  })
  .openapi(cancel, async (c) => {
    const { response: id } = c.req.valid('param')
    const named = namedTurn(id)
    const cancelled = named && (await locate(c, named.session)?.cancel(c.var.sessionOwner, named.turn, c.var.requestId))
    if (!cancelled?.ok) return problem(c, cancelled ? cancelled.error : { kind: 'not_found' })
    const found = await current(c, id)
    return isFailure(found) ? problem(c, found) : c.json(found, 200)
  })
  .openapi(inputs, async (c) => {
    const named = namedTurn(c.req.valid('param').response)
    const stub = named && locate(c, named.session)
    const [message] = (await stub?.messages([named?.turn ?? ''])) ?? []
    if (!message) return problem(c, { kind: 'not_found' })
    const { turn_id, text } = message
    const item_id = `msg_${turn_id}`
    const content = [{ type: 'input_text' as const, text }]
    const item = { type: 'message' as const, id: item_id, role: 'user' as const, status: 'completed' as const, content }
    return c.json({ object: 'list' as const, data: [item], first_id: item_id, last_id: item_id, has_more: false as const }, 200)
  })
