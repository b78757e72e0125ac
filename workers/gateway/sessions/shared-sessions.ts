/** `/v1/shared-sessions`: the sessions that other users share with the caller. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { limits } from '../../../shared/api/limits.ts'
import { type SessionSummary, SharedAccess, SharedSessionList } from '../../../shared/api/sessions.ts'
import { SessionId } from '../../../shared/ids.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'
import { logger } from '../logger.ts'
import { authorizeRequest, relationsTo } from '../policy/enforce.ts'
import { locate } from './locate.ts'

const list = createRoute({
  method: 'get',
  path: '/v1/shared-sessions',
  tags: ['Sessions'],
  summary: 'List sessions that others share with you, most recently active first',
  description: `At most ${limits.sharedSessions}: shared with you, or with one of your groups. \`access\` is what you may do: read, also send messages, or also share.`,
  responses: { 200: json(SharedSessionList), ...problems(401) },
})

/** The highest level of these relations. */
export const accessOf = (relations: readonly string[]): SharedAccess | undefined =>
  SharedAccess.options.findLast((level) => relations.includes(level))

type Shared = SharedSessionList['sessions'][number]

/** A session of another user as the caller sees it; null: the caller may not read it, or it does not exist. */
async function sharedSession(c: GatewayContext, id: string): Promise<Shared | null> {
  const session = SessionId.safeParse(id)
  const object = locate(c, id)
  if (!session.success || !object) return null
  const owner = await object.owner()
  if (owner === null || owner === c.var.principal.subject) return null
  const relations = await relationsTo(c, session.data, owner)
  const access = accessOf(relations)
  if (access === undefined) return null
  const resource = { kind: 'session', id: session.data, owner }
  if (!(await authorizeRequest(c, { action: 'session.read', resource, context: { relations } })).allowed) return null
  const summary = await object.summary(owner)
  return summary.ok ? { ...summary.value, access, owner } : null
}

/** The summary with the caller's access, if the session belongs to another user. */
export async function withAccess(c: GatewayContext, summary: SessionSummary): Promise<SessionSummary> {
  const owner = c.var.sessionOwner
  if (owner === c.var.principal.subject) return summary
  const access = accessOf(await relationsTo(c, summary.session_id, owner))
  return { ...summary, owner, ...(access && { access }) }
}

export const sharedSessionRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(list, async (c) => {
  const { tenant, subject } = c.var.principal
  const found = await Promise.allSettled(await sessionsSharedWith(c, tenant, subject).then((ids) => ids.map((id) => sharedSession(c, id))))
  const sessions = found.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []))
  return c.json({ sessions: sessions.toSorted((a, b) => b.updated_at - a.updated_at) }, 200)
})

/** None while the tenant object is unavailable, or of an older release. */
async function sessionsSharedWith(c: GatewayContext, tenant: string, subject: string): Promise<readonly string[]> {
  try {
    return await c.env.TENANT.getByName(tenant).sharedWith(subject, limits.sharedSessions)
  } catch (error) {
    logger.write('relations.unreachable', { error, request: c.var.requestId })
    return []
  }
}
