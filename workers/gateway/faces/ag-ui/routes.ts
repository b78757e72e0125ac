/** The face of AG-UI: a thread is a session, a run is a turn, and an approval is an interrupt. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { DecideCall, type PendingCall } from '../../../../shared/api/calls.ts'
import { FacePersona, RunInput } from '../../../../shared/api/ui-protocols.ts'
import type { Failure } from '../../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../../shared/result.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { jsonBody, onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { defaultName } from '../../models/names.ts'
import { eventBody } from '../../models/start-call.ts'
import { decidableSession, editsPrototype, prototypeKey } from '../../sessions/decidable-session.ts'
import { locate } from '../../sessions/locate.ts'
import { lastMessage } from '../last-message.ts'
import { readTurn, sendTurn } from '../session-turn.ts'
import { interruptOf, runEvents } from './translate.ts'

const run = createRoute({
  method: 'post',
  path: '/v1/ag-ui/{persona}',
  tags: ['Faces'],
  summary: 'Run an agent over AG-UI',
  description:
    'The thread is a session. The last message of the user becomes a turn, once for each message id. A call that waits for a user ends the run with an interrupt; `resume` decides about it, and the turn goes on.',
  request: { params: FacePersona, body: jsonBody(RunInput) },
  responses: {
    200: { description: 'The events of the run', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(400, 401, 403, 404, 409, 429, 503),
  },
})

/** Where the run reads on. */
interface Place {
  readonly turn: string
  readonly after: string
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

const Payload = DecideCall.partial()

/** Decides about the call of an interrupt. The policy says who may. */
async function decide(
  c: GatewayContext,
  session: string,
  index: number,
  entry: NonNullable<RunInput['resume']>[number],
): Promise<Result<Place, Failure>> {
  const named = interruptOf(entry.interruptId)
  if (!named) return invalid(`/resume/${index}/interruptId`, 'must be the id of an interrupt of this thread')
  if (editsPrototype(entry.payload)) return fail(prototypeKey)
  const payload = Payload.safeParse(typeof entry.payload === 'boolean' ? { approved: entry.payload } : (entry.payload ?? {}))
  if (!payload.success) return invalid(`/resume/${index}/payload`, 'must be true, false, or {approved, reason?, answer?, arguments?}')
  const { approved = true, ...details } = payload.data
  const pending = (await locate(c, session)?.pendingCall(c.var.sessionOwner, named.call)) as Result<PendingCall, Failure> | undefined
  if (!pending?.ok) return fail(pending?.error ?? { kind: 'not_found' })
  const object = await decidableSession(c, session, named.call)
  if (!object.ok) return object
  const isApproved = entry.status === 'resolved' && approved
  const decided = await object.value.decide(c.var.sessionOwner, named.call, isApproved, c.var.principal.subject, c.var.requestId, details)
  return decided.ok ? ok({ turn: pending.value.turn_id, after: named.seq }) : decided
}

/** Sends the message, or decides about what the last run waited for. */
async function start(c: GatewayContext, persona: string, input: RunInput): Promise<Result<Place, Failure>> {
  let place: Place | undefined
  for (const [index, entry] of (input.resume ?? []).entries()) {
    const decided = await decide(c, input.threadId, index, entry)
    if (!decided.ok) return decided
    place = decided.value
  }
  if (place) return ok(place)
  const message = lastMessage(input.messages)
  if (typeof message === 'string') return invalid('/messages', message)
  const persona_id = persona === defaultName ? undefined : persona
  const sent = await sendTurn(c, input.threadId, { message: message.text, persona_id }, message.id)
  return sent.ok ? ok({ turn: sent.value.turn_id, after: String(sent.value.seq) }) : sent
}

export const agUiRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(run, async (c) => {
  const input = c.req.valid('json')
  const place = await start(c, c.req.valid('param').persona, input)
  if (!place.ok) return problem(c, place.error)
  const { turn, after } = place.value
  const answer = await readTurn(c, input.threadId, turn, after)
  if (!answer.ok) return problem(c, answer.error)
  const { threadId, runId } = input
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }
  // A stream has no JSON type for the route's description.
  return c.body(eventBody(runEvents(answer.value.events, { threadId, runId, turn }), answer.value), 200, headers) as never
})
