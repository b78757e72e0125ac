/** `/v1/sessions/{session}`: regenerating an answer, switching branches, forking. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { Branches, ForkSession, Regenerate, SwitchBranch } from '../../../shared/api/branches.ts'
import { limits } from '../../../shared/api/limits.ts'
import { IdempotencyKey } from '../../../shared/api/messages.ts'
import { SessionPath, SessionSummary } from '../../../shared/api/sessions.ts'
import { ReadBefore, SendQuery, TurnPath } from '../../../shared/api/turns.ts'
import { SessionId } from '../../../shared/ids.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { buildFork } from '../../../shared/session/transfer.ts'
import { attachmentsOf } from '../attachments/access.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { heavySteps } from '../limits/heavy-steps.ts'
import { readBranch } from './branch-events.ts'
import { createSession } from './create.ts'
import { locate, newSessionId } from './locate.ts'
import { send } from './send.ts'
import { answerModes, sentResponses } from './sent-responses.ts'
import { isPage, olderObject } from './turn-page.ts'

const tags = ['Branches']

const regenerate = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/turns/{turn}/regenerate',
  tags,
  summary: 'Regenerate an answer on a new branch',
  description: answerModes,
  request: {
    params: TurnPath,
    headers: IdempotencyKey,
    query: SendQuery,
    body: { content: { 'application/json': { schema: Regenerate } } },
  },
  responses: { ...sentResponses, ...problems(400, 401, 403, 404, 409, 429) },
})

const branches = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/branches',
  tags,
  summary: 'List the turns with their parents',
  description: `The newest turns, at most ${limits.pageTurns.toLocaleString('en')}. \`next_before\` is the \`before\` of the turns before them.`,
  request: { params: SessionPath, query: ReadBefore },
  responses: { 200: json(Branches), ...problems(400, 401, 404, 503) },
})

const switchTo = createRoute({
  method: 'put',
  path: '/v1/sessions/{session}/branch',
  tags,
  summary: 'Switch to the branch of a turn, at its newest turn',
  request: {
    params: SessionPath,
    body: jsonBody(SwitchBranch),
  },
  responses: { 200: json(Branches), ...problems(400, 401, 404, 409) },
})

const fork = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/fork',
  tags,
  summary: 'Fork a session at a finished turn',
  description: `The branch has at most ${limits.importEvents.toLocaleString('en')} events and ${limits.importBytes.toLocaleString('en')} UTF-16 units.`,
  request: { params: SessionPath, headers: IdempotencyKey, body: jsonBody(ForkSession) },
  responses: { 200: json(SessionSummary), ...problems(400, 401, 404, 409) },
})

export const branchRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(regenerate, (c) => {
    const { session, turn } = c.req.valid('param')
    const session_id = SessionId.safeParse(session)
    if (!session_id.success) return problem(c, { kind: 'not_found' })
    const options = { ...c.req.valid('json'), session_id: session_id.data, regenerates: turn }
    return send(c, options, c.req.valid('header')['idempotency-key'], c.req.valid('query'))
  })
  .openapi(branches, async (c) => {
    const { before = null } = c.req.valid('query')
    const result = await locate(c, c.req.valid('param').session)?.branches(c.var.sessionOwner, before)
    if (!result?.ok) return problem(c, result?.error ?? { kind: 'not_found' })
    return isPage(result.value, before) ? c.json(result.value, 200) : problem(c, olderObject)
  })
  .openapi(switchTo, async (c) => {
    const { turn_id, expected_seq } = c.req.valid('json')
    const switched = await locate(c, c.req.valid('param').session)?.switchBranch(c.var.sessionOwner, turn_id, expected_seq)
    return switched?.ok ? c.json(switched.value, 200) : problem(c, switched?.error ?? { kind: 'not_found' })
  })
  .openapi(fork, async (c) => {
    const source = c.req.valid('param').session
    const { tenant, subject } = c.var.principal
    const branch = await readBranch(c, source, c.req.valid('json').turn_id)
    if (!branch.ok) return problem(c, branch.error)
    const { title, events } = branch.value
    const id = await newSessionId(c, c.req.valid('header')['idempotency-key'])
    const log = buildFork(events, SessionId.parse(source), subject, title, Date.now())
    // The fork has the files of its messages, also after the other session is deleted.
    const files = events.flatMap((event) => (event.type === 'item.added' ? (event.attachments ?? []).map(({ id }) => id) : []))
    if (files.length > 0) await attachmentsOf(c).copyHolds(source, id, [...new Set(files)])
    await unlessOlder(() => attachmentsOf(c).copyWorkFiles(source, id))
    const forked = await createSession(c, heavySteps.request(tenant, 'import'), id, log)
    return forked.ok ? c.json(forked.value, 200) : problem(c, forked.error)
  })
