/** The face of the AI SDK: its chat is a session, and a reload resumes the answer. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { z } from 'zod'
import { ChatRequest, FaceChat, FacePersona } from '../../../../shared/api/ui-protocols.ts'
import type { SessionId } from '../../../../shared/ids.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { jsonBody, onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { defaultName } from '../../models/names.ts'
import { eventBody } from '../../models/start-call.ts'
import { locate } from '../../sessions/locate.ts'
import { lastMessage } from '../last-message.ts'
import { readTurn, sendTurn } from '../session-turn.ts'
import { uiChunks, uiStreamHeaders } from './translate.ts'

const tags = ['Faces']
const chunks = { description: 'The UI message stream', content: { 'text/event-stream': { schema: z.string() } } }

const send = createRoute({
  method: 'post',
  path: '/v1/ai-sdk/{persona}',
  tags,
  summary: "Send a message of the AI SDK's chat",
  description: 'The chat is a session. The last message of the user becomes a turn, once for each message id.',
  request: { params: FacePersona, body: jsonBody(ChatRequest) },
  responses: { 200: chunks, ...problems(400, 401, 403, 404, 409, 429, 503) },
})

const resume = createRoute({
  method: 'get',
  path: '/v1/ai-sdk/{persona}/{session}/stream',
  tags,
  summary: "Resume the answer of the AI SDK's chat",
  description: 'The whole answer that runs, from its start. 204: none runs.',
  request: { params: FaceChat },
  responses: { 200: chunks, 204: { description: 'No answer runs' }, ...problems(400, 401, 403, 404, 503) },
})

/** The paths of `missingIsSilent`. */
export const resumePath = '/v1/ai-sdk/:persona/:session/stream'

/** A chat that does not exist yet has no stream. The client asks before its first message. One of another user looks the same. */
export const missingIsSilent = createMiddleware<Gateway>(async (c, next) => {
  await next()
  if (c.req.method === 'GET' && c.res.status === 404) c.res = new Response(null, { status: 204, headers: withoutBody(c.res.headers) })
})

function withoutBody(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of ['content-type', 'content-length']) kept.delete(name)
  return kept
}

/** The stream of a turn after its message. */
async function answerOf(c: GatewayContext, session: SessionId, turn: string, seq: number) {
  const answer = await readTurn(c, session, turn, String(seq))
  if (!answer.ok) return problem(c, answer.error)
  // A stream has no JSON type for the route's description.
  return c.body(eventBody(uiChunks(answer.value.events, turn), answer.value), 200, uiStreamHeaders) as never
}

/** The last turn of the session; undefined: there is none. */
async function lastTurn(c: GatewayContext, session: string): Promise<string | undefined> {
  const summary = await locate(c, session)?.summary(c.var.sessionOwner)
  return summary?.ok ? (summary.value.last_turn_id ?? undefined) : undefined
}

export const aiSdkRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(send, async (c) => {
    const { id: session, messages, trigger } = c.req.valid('json')
    const { persona } = c.req.valid('param')
    const persona_id = persona === defaultName ? undefined : persona
    const regenerates = trigger === 'regenerate-message' ? await lastTurn(c, session) : undefined
    const message = lastMessage(trigger === 'regenerate-message' ? messages.filter(({ role }) => role === 'user') : messages)
    if (typeof message === 'string') return problem(c, { kind: 'invalid', errors: [{ pointer: '/messages', detail: message }] })
    const sent = await sendTurn(
      c,
      session,
      regenerates === undefined ? { message: message.text, persona_id } : { regenerates, persona_id },
      regenerates === undefined ? message.id : undefined,
    )
    return sent.ok ? answerOf(c, session, sent.value.turn_id, sent.value.seq) : problem(c, sent.error)
  })
  .openapi(resume, async (c) => {
    const { session } = c.req.valid('param')
    const stub = locate(c, session)
    const turn = await lastTurn(c, session)
    const [message] = turn === undefined ? [] : ((await stub?.messages([turn])) ?? [])
    const view = turn === undefined ? undefined : await stub?.turn(c.var.sessionOwner, turn)
    const runs = view?.ok && (view.value.status === 'waiting' || view.value.status === 'running')
    return runs && message && turn !== undefined ? answerOf(c, session, turn, message.seq) : c.body(null, 204)
  })
