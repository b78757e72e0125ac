/** The face of the Agent2Agent protocol 1.0: `/a2a/PERSONA`, over JSON-RPC. Each call is one or two requests of our own API. */
import { Hono } from 'hono'
import { z } from 'zod'
import { a2aParams, isA2aMethod, RpcCall, type SendParams } from '../../../../shared/api/a2a.ts'
import type { AcceptedMessage } from '../../../../shared/api/messages.ts'
import type { PersonaView } from '../../../../shared/api/personas.ts'
import { isEnded, type SentTurn, type TurnView } from '../../../../shared/api/turns.ts'
import { PersonaId } from '../../../../shared/persona/persona.ts'
import type { NamedTurn } from '../../../../shared/session/response-id.ts'
import { readJson } from '../../http/body.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { publicAddress } from '../../http/public-url.ts'
import { defaultName } from '../../models/names.ts'
import { eventBody } from '../../models/start-call.ts'
import { problemText, type Refusal } from '../errors.ts'
import { type CallApi, ownApi, type ServeApi } from '../own-api.ts'
import { parsedFrames } from '../session-frames.ts'
import { turnEvents } from '../session-turn.ts'
import { agentCard } from './card.ts'
import { errorResponse, type RpcErrorKind, type RpcId, refusedMethods, resultResponse } from './rpc.ts'
import { messageText, submittedTask, taskEvents, taskOf, turnOfTask } from './translate.ts'

/** The paths of the face. */
export const a2aPaths = '/a2a/*'
const agentPath = '/a2a/:persona'
const version = '1.0'

/** How long `SendMessage` waits for the answer. Clients give up after a minute. Milliseconds. */
const waitMs = 50_000

/** A call of the face. */
interface Call {
  readonly c: GatewayContext
  readonly id: RpcId
  readonly api: CallApi
  readonly persona: string
}

const refuse = ({ c, id }: Pick<Call, 'c' | 'id'>, kind: RpcErrorKind, message: string) => c.json(errorResponse(id, { kind, message }), 200)
const answer = ({ c, id }: Call, result: object) => c.json(resultResponse(id, result), 200)

/** Whether `message` becomes requests of our own API. */
export function becomesRequests(message: unknown): boolean {
  const call = RpcCall.safeParse(message)
  return call.success && isA2aMethod(call.data.method) && parsedParams(call.data.method, call.data.params).success
}

const parsedParams = (method: keyof typeof a2aParams, params: unknown) => a2aParams[method].safeParse(params)

/** The public card, which is the same for every workspace. */
export const cardRoutes = new Hono<Gateway>().get(`${agentPath}/.well-known/agent-card.json`, (c) => {
  const persona = personaOf(c)
  const headers = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }
  return persona === undefined ? c.notFound() : c.json(agentCard(urlOf(c, persona), { name: persona }), 200, headers)
})

/** The routes that need a credential. `serve`: the whole gateway. */
export const a2aRoutes = (serve: ServeApi) =>
  new Hono<Gateway>().post(agentPath, async (c) => {
    const persona = personaOf(c)
    if (persona === undefined) return c.notFound()
    const parsed = RpcCall.safeParse(await readJson(c))
    if (!parsed.success) return refuse({ c, id: null }, 'invalid_request', z.prettifyError(parsed.error))
    const { id, method, params } = parsed.data
    const call: Call = { c, id, persona, api: ownApi(c, serve) }
    const asked = c.req.header('a2a-version') ?? version
    if (asked !== version) return refuse(call, 'version', `This agent speaks A2A ${version}.`)
    const refused = Object.hasOwn(refusedMethods, method) ? refusedMethods[method] : undefined
    if (refused !== undefined) return refuse(call, refused.kind, refused.message)
    if (!isA2aMethod(method)) return refuse(call, 'unknown_method', `No method is named ${method}.`)
    const checked = parsedParams(method, params)
    if (!checked.success) return refuse(call, 'invalid_params', z.prettifyError(checked.error))
    if (method === 'GetExtendedAgentCard') return extendedCard(call)
    // The schema of the method has parsed them.
    if (method === 'SendMessage' || method === 'SendStreamingMessage') return send(call, method, checked.data as SendParams)
    const turn = turnOfTask((checked.data as { id: string }).id)
    return turn === undefined ? refuse(call, 'task_not_found', 'No task has this id.') : onTask(call, method, turn)
  })

function personaOf(c: GatewayContext): string | undefined {
  const persona = c.req.param('persona')
  return PersonaId.safeParse(persona).data
}

const urlOf = (c: GatewayContext, persona: string) => publicAddress(c, `/a2a/${encodeURIComponent(persona)}`)

async function extendedCard(call: Call): Promise<Response> {
  const { c, persona, api } = call
  if (persona === defaultName) return answer(call, agentCard(urlOf(c, persona), { name: persona }))
  const response = await api({ method: 'GET', path: `/v1/personas/${encodeURIComponent(persona)}` })
  if (!response.ok) return refusalOf(call, response, 'invalid_request')
  const { name, description } = (await response.json()) as PersonaView
  return answer(call, agentCard(urlOf(c, persona), { name, description }))
}

/** A refusal of our own API: in the protocol's words, or for credentials, rights and limits as the response itself. */
async function refusalOf(call: Call, response: Response, missing: RpcErrorKind): Promise<Response> {
  if (response.status !== 400 && response.status !== 404 && response.status !== 409 && response.status !== 410) return response
  const refusal = (await response.json()) as Refusal
  return refuse(call, response.status === 404 ? missing : 'invalid_params', problemText(refusal))
}

async function send(call: Call, method: 'SendMessage' | 'SendStreamingMessage', params: SendParams): Promise<Response> {
  const { contextId: session_id, messageId: event_id, taskId: task } = params.message
  if (task !== '')
    return refuse(call, 'unsupported', 'A task takes no further message. Send it with the contextId alone: it becomes a task of its own.')
  const message = messageText(params)
  if (message === undefined) return refuse(call, 'content_type', 'Only parts with a text are read. Upload files at /v1/uploads.')
  const persona_id = call.persona === defaultName ? undefined : call.persona
  const wait = method === 'SendMessage' && !params.configuration.returnImmediately ? `?wait_ms=${waitMs}` : ''
  const response = await call.api({
    method: 'POST',
    path: `/v1/sessions/message${wait}`,
    body: { session_id, message, persona_id, event_id },
  })
  if (!response.ok) return refusalOf(call, response, 'invalid_params')
  const sent = (await response.json()) as AcceptedMessage & Partial<SentTurn>
  const turn = { session: sent.session_id, seq: sent.seq, turn: sent.turn_id }
  if (method === 'SendStreamingMessage') return streamTask(call, turn, submittedTask(turn, Date.now()))
  return answer(call, { task: sent.status === undefined ? submittedTask(turn, Date.now()) : taskOf(turn, sent as SentTurn) })
}

async function onTask(call: Call, method: 'GetTask' | 'CancelTask' | 'SubscribeToTask', turn: NamedTurn): Promise<Response> {
  const path = `/v1/sessions/${turn.session}/turns/${turn.turn}`
  const read = await call.api({ method: 'GET', path })
  if (!read.ok) return refusalOf(call, read, 'task_not_found')
  const view = (await read.json()) as TurnView
  if (method === 'GetTask') return answer(call, taskOf(turn, view))
  if (method === 'SubscribeToTask')
    return isEnded(view)
      ? refuse(call, 'unsupported', 'The task has ended.')
      : streamTask(call, turn, submittedTask(turn, view.accepted_at))
  if (isEnded(view)) return refuse(call, 'not_cancelable', 'The task has ended.')
  const cancelled = await call.api({ method: 'POST', path: `${path}/cancel` })
  if (!cancelled.ok) return refusalOf(call, cancelled, 'task_not_found')
  const after = await call.api({ method: 'GET', path })
  if (!after.ok) return refusalOf(call, after, 'task_not_found')
  const ended = (await after.json()) as TurnView
  return ended.status === 'cancelled' ? answer(call, taskOf(turn, ended)) : refuse(call, 'not_cancelable', 'The task has ended.')
}

/** The task, then its events to the end of the turn, from its start. */
async function streamTask(call: Call, turn: NamedTurn, task: object): Promise<Response> {
  const response = await call.api({ method: 'GET', path: `/v1/sessions/${turn.session}/events?after=${turn.seq}`, streams: true })
  if (!response.ok || response.body === null) return refusalOf(call, response, 'task_not_found')
  const reader = response.body.getReader()
  const leave = () => void reader.cancel().catch(() => {})
  const data = (result: object) => `data: ${JSON.stringify(resultResponse(call.id, result))}\n\n`
  async function* events() {
    yield data({ task })
    for await (const event of taskEvents(turn, turnEvents(parsedFrames(reader), turn.turn), Date.now))
      yield event === null ? ': alive\n\n' : data(event)
  }
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }
  return call.c.body(eventBody(events(), { cancel: leave, end: leave }), 200, headers)
}
