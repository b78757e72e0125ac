/** `/v1/sessions`: sending messages, reading sessions, and streaming their events. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { SendHeaders, SendMessage } from '../../../shared/api/messages.ts'
import {
  EventPage,
  LastEventId,
  ListEntry,
  ListSessions,
  OpenSocket,
  PatchSession,
  ReadEvents,
  SessionList,
  SessionPath,
  SessionSummary,
} from '../../../shared/api/sessions.ts'
import { Cancelled, History, ReadBefore, SendQuery, TurnPath, TurnView, WaitForTurn, waitOf } from '../../../shared/api/turns.ts'
import { sessionListObjectName } from '../../../shared/ids.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { toMarkdown } from '../../../shared/session/markdown.ts'
import { isStillValid } from '../auth/credential-status.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { wantsStream } from '../http/wants-stream.ts'
import { withAgentHeaders } from '../personas/choose.ts'
import { awaitTurn } from './await-turn.ts'
import { decodeListCursor, encodeListCursor } from './list-cursor.ts'
import { locate } from './locate.ts'
import { olderTrash } from './older-state.ts'
import { openStream } from './open-stream.ts'
import { send } from './send.ts'
import { answerModes, sentResponses } from './sent-responses.ts'
import { withAccess } from './shared-sessions.ts'
import { isPage, olderObject } from './turn-page.ts'

const tags = ['Sessions']

const sendRoute = createRoute({
  method: 'post',
  path: '/v1/sessions/message',
  tags,
  summary: 'Send a message',
  description: `Responds after the message is durable. Repeating the idempotency key repeats the response. ${answerModes}`,
  request: {
    headers: SendHeaders,
    query: SendQuery,
    body: jsonBody(SendMessage),
  },
  responses: { ...sentResponses, ...problems(400, 401, 403, 404, 409, 410, 413, 415, 429) },
})

// SomaAgent01's path.
const sendAlias = createRoute({ ...sendRoute, path: '/v1/session/message', hide: true })

const list = createRoute({
  method: 'get',
  path: '/v1/sessions',
  tags,
  summary: 'List your sessions, most recently active first',
  request: { query: ListSessions },
  responses: { 200: json(SessionList), ...problems(400, 401) },
})

const get = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}',
  tags,
  summary: 'Show a session',
  request: { params: SessionPath },
  responses: { 200: json(SessionSummary), ...problems(401, 404) },
})

const patch = createRoute({
  method: 'patch',
  path: '/v1/sessions/{session}',
  tags,
  summary: 'Rename a session',
  request: { params: SessionPath, body: jsonBody(PatchSession) },
  responses: { 200: json(SessionSummary), ...problems(400, 401, 404) },
})

const listEntry = createRoute({
  method: 'patch',
  path: '/v1/sessions/{session}/list-entry',
  tags,
  summary: 'Pin or archive a session in your list',
  description: 'An archived session is left out of the list, and is not pinned. It can be read and written to as before.',
  request: { params: SessionPath, body: jsonBody(ListEntry) },
  responses: { 204: { description: 'Changed' }, ...problems(400, 401, 404) },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/sessions/{session}',
  tags,
  summary: 'Delete a session and its content',
  description: 'At once and for good. To be able to restore it, use `trash`.',
  request: { params: SessionPath },
  responses: { 204: { description: 'Deleted' }, ...problems(401, 404) },
})

const history = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/history',
  tags,
  summary: 'Read the conversation by turn',
  description:
    'The newest turns of the active branch: up to about two million UTF-16 units. `next_before` is the `before` of the turns before them. ' +
    '`Accept: text/markdown` returns markdown, with the address of the turns before them as `Link: rel="next"`.',
  request: { params: SessionPath, query: ReadBefore },
  responses: {
    200: {
      description: 'The requested data',
      content: { 'application/json': { schema: History }, 'text/markdown': { schema: z.string() } },
    },
    ...problems(400, 401, 404, 503),
  },
})

const turn = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/turns/{turn}',
  tags,
  summary: 'Show a turn: its state and its answer',
  description: 'With `wait`, responds when the turn has ended, or after `wait_ms`.',
  request: { params: TurnPath, query: WaitForTurn },
  responses: { 200: json(TurnView), ...problems(400, 401, 404, 410, 503) },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/turns/{turn}/cancel',
  tags,
  summary: 'Cancel a running or waiting turn',
  request: { params: TurnPath },
  responses: { 202: json(Cancelled, 'Cancelled, with the outcome of the turn'), ...problems(401, 404) },
})

const events = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/events',
  tags,
  summary: "Stream a session's events, or read them by page",
  description:
    '`stream=true` or `Accept: text/event-stream` returns an event stream (HTML Living Standard §9.2): recorded frames after the cursor, then new frames. ' +
    "A cursor is a frame's `id`, from `Last-Event-ID` or else `after`. The default is the beginning; `after=latest` skips recorded frames. " +
    'Otherwise the response is a page of events.',
  request: {
    params: SessionPath,
    query: ReadEvents,
    headers: LastEventId,
  },
  responses: {
    200: {
      description: 'A stream of frames, or a page of events',
      content: { 'text/event-stream': { schema: z.string() }, 'application/json': { schema: EventPage } },
    },
    ...problems(400, 401, 404, 429),
  },
})

const socket = createRoute({
  method: 'get',
  path: '/v1/sessions/{session}/stream',
  tags,
  summary: 'Stream a session over a WebSocket',
  description:
    '`stream=true` or `Accept: text/event-stream` without an upgrade returns the event stream instead. ' +
    'Each message is a frame `{"id", "data"}`, as in the event stream. Slow readers should use the event stream, which applies back-pressure. ' +
    'With the sign-in cookie, offer the subprotocols `soma` and `csrf.VALUE`, where VALUE is the csrf cookie.',
  request: { params: SessionPath, query: OpenSocket, headers: LastEventId },
  responses: {
    101: { description: 'A WebSocket of frames' },
    200: { description: 'A stream of frames', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(400, 401, 403, 404, 429),
  },
})

/** The validated input of both send routes. */
type SendInput = { in: object; out: { json: SendMessage; header: SendHeaders; query: SendQuery } }

const sendMessage = (c: Context<Gateway, string, SendInput>) =>
  send(c, withAgentHeaders(c.req.valid('json'), c.req.valid('header')), c.req.valid('header')['idempotency-key'], c.req.valid('query'))

/** A reader after the cursor of the request. */
const streamOf = (c: GatewayContext, session: string, after: string, transport: 'sse' | 'websocket') =>
  openStream(c, session, { after, transport, reauthorize: () => c.var.reauthorize(), headers: { vary: 'accept' } })

export const sessionRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(sendRoute, sendMessage)
  .openapi(sendAlias, sendMessage)
  .openapi(list, async (c) => {
    const { limit, cursor, archived = false, trashed = false } = c.req.valid('query')
    const after = cursor ? decodeListCursor(cursor) : null
    if (cursor && !after) return problem(c, { kind: 'invalid_cursor' })
    const { tenant, subject } = c.var.principal
    const list = c.env.HOME.getByName(sessionListObjectName(tenant, subject))
    const page = await (trashed ? unlessOlder(async () => list.listTrash(limit, after)) : list.list(limit, after, archived))
    if (page === null) return problem(c, olderTrash)
    const { sessions, next } = page
    return c.json({ sessions, next_cursor: next && encodeListCursor(next) }, 200)
  })
  .openapi(get, async (c) => {
    const result = await locate(c, c.req.valid('param').session)?.summary(c.var.sessionOwner)
    return result?.ok ? c.json(await withAccess(c, result.value), 200) : problem(c, result?.error ?? { kind: 'not_found' })
  })
  .openapi(patch, async (c) => {
    const renamed = await locate(c, c.req.valid('param').session)?.rename(c.get('sessionOwner'), c.req.valid('json').title)
    return renamed?.ok ? c.json(renamed.value, 200) : problem(c, renamed?.error ?? { kind: 'not_found' })
  })
  .openapi(listEntry, async (c) => {
    const { tenant, subject } = c.var.principal
    const list = c.env.HOME.getByName(sessionListObjectName(tenant, subject))
    return (await list.mark(c.req.valid('param').session, c.req.valid('json'))) ? c.body(null, 204) : problem(c, { kind: 'not_found' })
  })
  .openapi(remove, async (c) => {
    const removed = await locate(c, c.req.valid('param').session)?.remove(c.var.sessionOwner)
    return removed?.ok ? c.body(null, 204) : problem(c, removed?.error ?? { kind: 'not_found' })
  })
  .openapi(history, async (c) => {
    const session = locate(c, c.req.valid('param').session)
    const { before = null } = c.req.valid('query')
    const read = await session?.history(c.var.sessionOwner, before)
    if (!read?.ok) return problem(c, read?.error ?? { kind: 'not_found' })
    if (!isPage(read.value, before)) return problem(c, olderObject)
    const { title, ...conversation } = read.value
    c.header('vary', 'accept')
    if (!c.req.header('accept')?.includes('text/markdown')) return c.json(conversation, 200)
    if (conversation.next_before) c.header('link', `<${c.req.path}?before=${encodeURIComponent(conversation.next_before)}>; rel="next"`)
    return c.body(toMarkdown(title, conversation.turns), 200, { 'content-type': 'text/markdown; charset=utf-8' })
  })
  .openapi(turn, async (c) => {
    const { session, turn } = c.req.valid('param')
    const result = await awaitTurn(c, session, turn, waitOf(c.req.valid('query')))
    if (result === null) return problem(c, { kind: 'unavailable', what: 'The turn, while a new version is deployed,' })
    if (!result.ok) return problem(c, result.error)
    // A right may have been revoked during the wait.
    if (!(await isStillValid(c))) return problem(c, { kind: 'unauthenticated' })
    return (await c.var.reauthorize()) ? c.json(result.value, 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(cancel, async (c) => {
    const { session, turn } = c.req.valid('param')
    const cancelled = await locate(c, session)?.cancel(c.var.sessionOwner, turn, c.var.requestId)
    return cancelled?.ok ? c.json(cancelled.value, 202) : problem(c, cancelled?.error ?? { kind: 'not_found' })
  })
  .openapi(events, async (c) => {
    const { after = '', limit } = c.req.valid('query')
    const id = c.req.valid('param').session
    if (wantsStream(c)) return streamOf(c, id, c.req.valid('header')['last-event-id'] || after, 'sse')
    const page = await locate(c, id)?.events(c.var.sessionOwner, after, limit)
    if (!page?.ok) return problem(c, page?.error ?? { kind: 'not_found' })
    // `events` is JSON text from the log, which is sent unchanged.
    const { events, ...rest } = page.value
    return c.body(`{"session_id":${JSON.stringify(id)},"events":${events},${JSON.stringify(rest).slice(1)}`, 200, {
      'content-type': 'application/json',
      vary: 'accept',
    })
  })
  .openapi(socket, async (c) => {
    const { session } = c.req.valid('param')
    const { after = '' } = c.req.valid('query')
    // A HEAD request opens no socket.
    if (c.req.method === 'GET' && c.req.header('upgrade')?.toLowerCase() === 'websocket') return streamOf(c, session, after, 'websocket')
    if (wantsStream(c)) return streamOf(c, session, c.req.valid('header')['last-event-id'] || after, 'sse')
    return problem(c, {
      kind: 'malformed',
      detail: 'This path requires a WebSocket upgrade, or `stream=true` for an event stream.',
    })
  })
