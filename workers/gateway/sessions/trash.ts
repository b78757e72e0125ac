/** `/v1/sessions/{session}/trash`: deleting a session so that it can be restored, and restoring it. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { SessionPath } from '../../../shared/api/sessions.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Result } from '../../../shared/result.ts'
import type { Gateway } from '../http/context.ts'
import { onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { locate } from './locate.ts'
import { olderTrash } from './older-state.ts'

const tags = ['Sessions']

type Done = Promise<Result<null, Failure>>

const trash = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/trash',
  tags,
  summary: 'Delete a session so that it can be restored',
  description:
    'Its content is deleted after 30 days. Until then, `untrash` restores it, and `GET /v1/sessions?trashed=true` lists it. ' +
    'Every other request finds no session. Its turns are cancelled. `DELETE /v1/sessions/{session}` deletes the content at once.',
  request: { params: SessionPath },
  responses: { 204: { description: 'Deleted' }, ...problems(401, 404, 503) },
})

const untrash = createRoute({
  method: 'post',
  path: '/v1/sessions/{session}/untrash',
  tags,
  summary: 'Restore a deleted session',
  description: 'Possible for 30 days after `trash`. Its turns stay cancelled; shares, pin and archive are as before.',
  request: { params: SessionPath },
  responses: { 204: { description: 'Restored' }, ...problems(401, 404, 410, 503) },
})

export const trashRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(trash, async (c) => {
    const session = locate(c, c.req.valid('param').session)
    const trashed = session && (await unlessOlder(async (): Done => session.trash(c.var.sessionOwner)))
    if (session && trashed === null) return problem(c, olderTrash)
    return trashed?.ok ? c.body(null, 204) : problem(c, trashed?.error ?? { kind: 'not_found' })
  })
  .openapi(untrash, async (c) => {
    const session = locate(c, c.req.valid('param').session)
    const restored = session && (await unlessOlder(async (): Done => session.untrash(c.var.sessionOwner)))
    if (session && restored === null) return problem(c, olderTrash)
    return restored?.ok ? c.body(null, 204) : problem(c, restored?.error ?? { kind: 'not_found' })
  })
