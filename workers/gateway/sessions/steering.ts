/** `/v1/sessions/{session}`: pausing, starting over, the context window, quick actions. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { SendHeaders, SendQuickAction } from '../../../shared/api/messages.ts'
import { PauseSession, SessionPath, SessionSummary } from '../../../shared/api/sessions.ts'
import { ContextWindow, ReadContext, SendQuery } from '../../../shared/api/turns.ts'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Result } from '../../../shared/result.ts'
import { quickActionText } from '../../../shared/session/quick-action-text.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { mayChooseModel, mayChoosePersona, withAgentHeaders } from '../personas/choose.ts'
import { historyLimit } from './history-limit.ts'
import { locate } from './locate.ts'
import { send } from './send.ts'
import { answerModes, sentResponses } from './sent-responses.ts'

const tags = ['Sessions']

const pause = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/pause',
  tags,
  summary: 'Pause or resume a session',
  description: 'A paused session starts no further step; a running step ends. New messages wait.',
  request: { params: SessionPath, body: jsonBody(PauseSession) },
  responses: { 200: json(SessionSummary), ...problems(400, 401, 404) },
})

const reset = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/reset',
  tags,
  summary: 'Start over in the same session',
  description: 'Earlier turns stay in the log, on other branches.',
  request: { params: SessionPath },
  responses: { 200: json(SessionSummary), ...problems(401, 404, 409) },
})

const contextWindow = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/context-window',
  tags,
  summary: "Show the model's current context",
  description:
    "In the window of the tenant's chat profile (`context_tokens`, else that of a known model), at most 200,000 tokens. Unknown models: 24,000. With `persona_id` or `model`: as for a message that names them.",
  request: { params: SessionPath, query: ReadContext },
  responses: { 200: json(ContextWindow), ...problems(400, 401, 404) },
})

const action = createRoute({
  method: 'post',
  path: '/v1/sessions/action',
  tags,
  summary: 'Send a quick action: summarize, next_steps, status_report, nudge or continue',
  description: `\`continue\` asks the model to go on from an answer that was cut or stopped. ${answerModes}`,
  request: {
    headers: SendHeaders,
    query: SendQuery,
    body: jsonBody(SendQuickAction),
  },
  responses: { ...sentResponses, ...problems(400, 401, 403, 404, 409, 410, 429) },
})

const unknownPersona = { pointer: 'query/persona_id', detail: 'must be one of the personas of `GET /v1/personas`' }
const unknownModel = { pointer: 'query/model', detail: 'must be the name of a model profile that the workspace allows' }

/** Timeout of the conversation Worker. Milliseconds. */
const explainMs = 5_000

/** The context with its pieces. Null: the conversation Worker is unavailable, or of an older release. The messages suffice then. */
async function explainedContext(explain: () => Promise<Result<ContextWindow, Failure>>): Promise<Result<ContextWindow, Failure> | null> {
  return withDeadline(Promise.resolve().then(explain), explainMs).catch(() => null)
}

export const steeringRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(pause, async (c) => {
    const paused = await locate(c, c.req.valid('param').session)?.pause(c.var.sessionOwner, c.req.valid('json').paused, c.var.requestId)
    return paused?.ok ? c.json(paused.value, 200) : problem(c, paused?.error ?? { kind: 'not_found' })
  })
  .openapi(reset, async (c) => {
    const summary = await locate(c, c.req.valid('param').session)?.reset(c.var.sessionOwner)
    return summary?.ok ? c.json(summary.value, 200) : problem(c, summary?.error ?? { kind: 'not_found' })
  })
  .openapi(contextWindow, async (c) => {
    const { session } = c.req.valid('param')
    const { persona_id, model } = c.req.valid('query')
    const object = locate(c, session)
    const { tenant } = c.var.principal
    const [mayChoose, isCallable] = await Promise.all([mayChoosePersona(c, persona_id), mayChooseModel(c, model)])
    if (!mayChoose || !isCallable) return problem(c, { kind: 'invalid', errors: [mayChoose ? unknownModel : unknownPersona] })
    const choice = { persona_id, model }
    const explained = object && (await explainedContext(() => c.env.MODEL_DESK.contextWindow(tenant, session, c.var.sessionOwner, choice)))
    const context = explained ?? (await object?.contextWindow(c.var.sessionOwner, await historyLimit(c)))
    return context?.ok ? c.json(context.value, 200) : problem(c, context?.error ?? { kind: 'not_found' })
  })
  .openapi(action, (c) => {
    const { action, metadata, ...rest } = withAgentHeaders(c.req.valid('json'), c.req.valid('header'))
    const options = { ...rest, message: quickActionText[action], metadata: { ...metadata, source: 'quick_action', action } }
    return send(c, options, c.req.valid('header')['idempotency-key'], c.req.valid('query'))
  })
