/** The face of Durable Streams: the log of a session as a stream that is only read. Messages are sent by the other routes. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { ReadStream } from '../../../../shared/api/durable-streams.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { type EventText, SessionPath } from '../../../../shared/api/sessions.ts'
import type { Failure } from '../../../../shared/problem.ts'
import { fail, type Result } from '../../../../shared/result.ts'
import { isStillValid } from '../../auth/credential-status.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { onInvalid, problems } from '../../http/openapi.ts'
import { problem } from '../../http/problem.ts'
import { createRoute } from '../../http/route.ts'
import { eventBody } from '../../models/start-call.ts'
import { locate } from '../../sessions/locate.ts'
import { openStream } from '../../sessions/open-stream.ts'
import { frameChunks } from '../session-frames.ts'
import { awaitEvent } from './await-event.ts'
import { afterOf, batchText, eventsOf, nextCursor, nextSeq, offsetOf } from './translate.ts'

/** How long a long poll waits. Proxies often close a silent connection after 30 s. Milliseconds. */
const pollMs = 20_000

const read = createRoute({
  method: 'get',
  path: '/v1/streams/{session}',
  tags: ['Faces'],
  summary: 'Read the log of a session as a durable stream',
  description:
    'A message is an event, as in `/v1/sessions/{session}/events`. The response is the next page after `offset`. ' +
    '`live=long-poll` waits for the next events, and responds with 204 after 20 seconds without one. `live=sse` streams them. HEAD returns the end of the stream.',
  request: { params: SessionPath, query: ReadStream },
  responses: {
    200: {
      description: 'A page of events, or their stream',
      content: {
        'application/json': { schema: z.array(z.looseObject({ seq: z.int(), type: z.string() })) },
        'text/event-stream': { schema: z.string() },
      },
    },
    204: { description: 'No event came' },
    304: { description: 'The page that `If-None-Match` names' },
    ...problems(400, 401, 404, 429),
  },
})

const notFound = fail<Failure>({ kind: 'not_found' })

async function pageAfter(c: GatewayContext, session: string, after: string): Promise<Result<EventText, Failure>> {
  return (await locate(c, session)?.events(c.var.sessionOwner, after, limits.pageEvents)) ?? notFound
}

const open = (c: GatewayContext, session: string, seq: number): Promise<Response> =>
  openStream(c, session, { after: String(seq), transport: 'sse', reauthorize: () => c.var.reauthorize() })

/** Every batch of events as it comes. `lastSeq`: the end of the log when the stream was opened. */
async function* batches(reader: ReadableStreamDefaultReader<Uint8Array>, from: number, lastSeq: number, cursor: string | undefined) {
  const control = (seq: number) => ({ seq, cursor: nextCursor(Date.now(), cursor), isUpToDate: seq >= lastSeq })
  if (from >= lastSeq) yield batchText([], control(from))
  for await (const chunk of frameChunks(reader)) {
    const found = eventsOf(chunk)
    yield found ? batchText(found.texts, control(found.seq)) : ': alive\n'
  }
}

/** The events after `seq`, as one page. */
function respond(c: GatewayContext, page: EventText, seq: number, cursor: string | undefined): Response {
  const next = nextSeq(page, seq)
  const etag = `"${offsetOf(seq)}-${offsetOf(next)}"`
  const headers: Record<string, string> = { 'stream-next-offset': offsetOf(next), etag, 'cache-control': 'private, no-cache' }
  if (page.next_cursor === null) headers['stream-up-to-date'] = 'true'
  if (cursor !== undefined) headers['stream-cursor'] = cursor
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
  return c.body(page.events, 200, { ...headers, 'content-type': 'application/json' })
}

export const durableStreamRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(read, async (c): Promise<never> => {
  const { session } = c.req.valid('param')
  const { offset = '-1', live, cursor } = c.req.valid('query')
  const isHead = c.req.method === 'HEAD'
  const first = await pageAfter(c, session, afterOf(isHead ? 'now' : offset))
  if (!first.ok) return problem(c, first.error) as never
  const page = first.value
  const from = offset === 'now' || isHead ? nextSeq(page, 0) : Number(afterOf(offset))
  // A stream has no JSON type for the route's description.
  if (live === undefined || isHead) return respond(c, page, from, undefined) as never
  if (live === 'long-poll' && page.events !== '[]') return respond(c, page, from, nextCursor(Date.now(), cursor)) as never
  const opened = await open(c, session, from)
  if (!opened.ok || opened.body === null) return opened as never
  if (live === 'sse') {
    const reader = opened.body.getReader()
    const leave = () => void reader.cancel().catch(() => {})
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' }
    const lastSeq = page.last_seq ?? nextSeq(page, from)
    return c.body(eventBody(batches(reader, from, lastSeq, cursor), { cancel: leave, end: leave }), 200, headers) as never
  }
  const hasEvents = await awaitEvent(opened.body, pollMs)
  // A right may have been revoked during the wait.
  if (!(await isStillValid(c))) return problem(c, { kind: 'unauthenticated' }) as never
  if (!(await c.var.reauthorize())) return problem(c, { kind: 'not_found' }) as never
  const answerCursor = nextCursor(Date.now(), cursor)
  if (!hasEvents)
    return c.body(null, 204, { 'stream-next-offset': offsetOf(from), 'stream-up-to-date': 'true', 'stream-cursor': answerCursor }) as never
  const next = await pageAfter(c, session, String(from))
  return (next.ok ? respond(c, next.value, from, answerCursor) : problem(c, next.error)) as never
})
