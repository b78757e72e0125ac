/** `/v1/sessions/{session}/calls/{call}` and `/approvals`: tool calls that wait for a user. */
import { OpenAPIHono } from '@hono/zod-openapi'
import {
  ApprovalPath,
  CallDecision,
  CallPath,
  CallResolution,
  DecideCall,
  PendingCall,
  ResolveCall,
  SessionApprovals,
} from '../../../shared/api/calls.ts'
import { SessionPath } from '../../../shared/api/sessions.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Result } from '../../../shared/result.ts'
import { readJson } from '../http/body.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { decidableSession, editsPrototype, prototypeKey } from './decidable-session.ts'
import { locate } from './locate.ts'

const tags = ['Tool calls']

const read = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/calls/{call}',
  tags,
  summary: 'Show a tool call that waits for a user',
  description: 'What `call.parked` recorded: the arguments, the rules that ask, and until when. A call that does not wait is not found.',
  request: { params: CallPath },
  responses: { 200: json(PendingCall), ...problems(401, 404) },
})

const decide = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/calls/{call}/decision',
  tags,
  summary: 'Approve or decline a tool call, or answer its question',
  description:
    'Decides a call that `call.parked` announced, once. Only the owner of the session, the user who asked for the turn, and users that the policy names may decide. The policy is asked again about the call, now and when it runs. If the call, its tool or the policy has changed since it was asked, the response is 409 and the user is asked again. A call without a decision in time is declined.',
  request: { params: CallPath, body: jsonBody(DecideCall) },
  responses: { 200: json(CallDecision), ...problems(400, 401, 403, 404, 409) },
})

const resolve = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/calls/{call}/resolution',
  tags,
  summary: 'Say what became of a tool call that was cut off',
  description:
    'For a call whose `call.parked` has `ask: "effect"`: it was interrupted while it ran, and must not run twice. Without an answer in time, the model is told that the effect is unknown.',
  request: { params: CallPath, body: jsonBody(ResolveCall) },
  responses: { 200: json(CallResolution), ...problems(400, 401, 403, 404) },
})

const approvals = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/approvals',
  tags,
  summary: 'List the tools whose later calls are approved in this conversation',
  request: { params: SessionPath },
  responses: { 200: json(SessionApprovals), ...problems(401, 404) },
})

const revoke = createRoute({
  method: 'delete',
  path: '/v1/sessions/{session}/approvals/{name}',
  tags,
  summary: 'Ask again before each call of a tool',
  request: { params: ApprovalPath },
  responses: { 204: { description: 'Revoked' }, ...problems(401, 403, 404) },
})

export const callRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(read, async (c) => {
    const { session, call } = c.req.valid('param')
    const pending = (await locate(c, session)?.pendingCall(c.var.sessionOwner, call)) as Result<PendingCall, Failure> | undefined
    return pending?.ok ? c.json(pending.value, 200) : problem(c, pending?.error ?? { kind: 'not_found' })
  })
  .openapi(decide, async (c) => {
    const { session, call } = c.req.valid('param')
    const { approved, ...details } = c.req.valid('json')
    if (editsPrototype(await readJson(c))) return problem(c, prototypeKey)
    const object = await decidableSession(c, session, call)
    if (!object.ok) return problem(c, object.error)
    const { subject } = c.var.principal
    const decided = await object.value.decide(c.var.sessionOwner, call, approved, subject, c.var.requestId, details)
    return decided.ok ? c.json(decided.value, 200) : problem(c, decided.error)
  })
  .openapi(resolve, async (c) => {
    const { session, call } = c.req.valid('param')
    const { outcome } = c.req.valid('json')
    const object = await decidableSession(c, session, call)
    if (!object.ok) return problem(c, object.error)
    const resolved = await object.value.resolveCall(c.var.sessionOwner, call, outcome, c.var.principal.subject, c.var.requestId)
    return resolved.ok ? c.json(resolved.value, 200) : problem(c, resolved.error)
  })
  .openapi(approvals, async (c) => {
    const listed = await locate(c, c.req.valid('param').session)?.approvals(c.var.sessionOwner)
    return listed?.ok ? c.json(listed.value, 200) : problem(c, listed?.error ?? { kind: 'not_found' })
  })
  .openapi(revoke, async (c) => {
    const { session, name } = c.req.valid('param')
    const revoked = await locate(c, session)?.revokeApproval(c.var.sessionOwner, name, c.var.principal.subject)
    return revoked?.ok ? c.body(null, 204) : problem(c, revoked?.error ?? { kind: 'not_found' })
  })
