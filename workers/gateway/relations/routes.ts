/** `/v1/relations`: relationship tuples. The owner shares a session; everything else needs an admin. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { ListTuples, RelationCheck, RelationTuple, TupleList, WriteTuples, WrittenTuples } from '../../../shared/api/relations.ts'
import { SessionId } from '../../../shared/ids.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'
import type { PolicyAction } from '../../../shared/policy/policy-actions.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { RelationsFailure } from '../../../shared/relations/failure.ts'
import { nameOf } from '../../../shared/relations/name.ts'
import { invalidCount, maxChanges } from '../../../shared/relations/relations.ts'
import { tupleText } from '../../../shared/relations/tuple.ts'
import { recordAudit, recordBatched, recordSync } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { countMissing } from '../limits/missing-session-limit.ts'
import { authorizeRequest, deny, lookupRefusal, ownerOf, relationsTo } from '../policy/enforce.ts'

const tags = ['Relations']

const read = createRoute({
  method: 'get',
  path: '/v1/relations',
  tags,
  summary: 'List relationship tuples, of one object or all',
  request: { query: ListTuples },
  responses: { 200: json(TupleList), ...problems(400, 401, 403, 404, 503) },
})
const write = createRoute({
  method: 'post',
  path: '/v1/relations',
  tags,
  summary: 'Write and delete tuples atomically',
  description:
    'The owner shares a session: a `viewer` reads, a `member` also sends messages, an `admin` also shares. A write must be new; a deleted tuple must exist.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: WriteTuples,
        },
      },
    },
  },
  responses: { 200: json(WrittenTuples), ...problems(400, 401, 403, 404, 409, 503) },
})
const check = createRoute({
  method: 'post',
  path: '/v1/relations/check',
  tags,
  summary: 'Check a relation',
  description: 'Every user can check their own relations. Checking others requires an admin.',
  request: { body: jsonBody(RelationTuple) },
  responses: { 200: json(RelationCheck), ...problems(400, 401, 403, 503) },
})

/** The relations of a share. A session's owner and tenant come from its log, never from tuples. */
const shareable = new Set(['viewer', 'member', 'admin', 'blocked'])

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)

const sessionIn = (object: string): SessionId | undefined =>
  object.startsWith('session:') ? SessionId.safeParse(object.slice('session:'.length)).data : undefined

/** Authorizes access to the tuples of `object`. A session needs `session.share`; any other object needs the action `fallback`. */
async function authorizeObject(
  c: GatewayContext,
  object: string | undefined,
  fallback: PolicyAction,
): Promise<{ decision: PolicyDecision; isHidden: boolean } | { refused: Failure }> {
  const session = object === undefined ? undefined : sessionIn(object)
  if (session === undefined) return { decision: await authorizeRequest(c, { action: fallback }), isHidden: false }
  const refused = lookupRefusal(c, session)
  if (refused) return { refused }
  const owner = await ownerOf(c, session)
  const attributes = {
    resource: { kind: 'session', id: session, ...(owner ? { owner } : {}) },
    context: owner && owner !== c.var.principal.subject ? { relations: await relationsTo(c, session, owner) } : {},
  }
  const decision = await authorizeRequest(c, { action: 'session.share', ...attributes })
  const isHidden = !decision.allowed && !(await authorizeRequest(c, { action: 'session.read', ...attributes })).allowed
  if (isHidden || owner === null) countMissing(c)
  return { decision, isHidden }
}

function toFailure({ code, detail }: RelationsFailure): Failure {
  if (code === 'unavailable') return { kind: 'unavailable', what: 'The relation store' }
  return { kind: 'relation_refused', code, detail }
}

export const relationRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(read, async (c) => {
    const { object, after } = c.req.valid('query')
    const authorized = await authorizeObject(c, object, 'admin.relations.read')
    if ('refused' in authorized) return problem(c, authorized.refused)
    const { decision, isHidden } = authorized
    recordBatched(c, object ?? '', decision)
    if (!decision.allowed) return isHidden ? problem(c, { kind: 'not_found' }) : deny(c, decision)
    const page = await tenantOf(c).tuples(object ?? null, after ?? null)
    if (!page.ok) return problem(c, toFailure(page.error))
    return c.json(page.value, 200)
  })
  .openapi(write, async (c) => {
    const { writes, deletes } = c.req.valid('json')
    // Checked before any decision is recorded, so an invalid request adds no entry per object.
    const count = writes.length + deletes.length
    if (count === 0 || count > maxChanges) return problem(c, toFailure(invalidCount))
    const invalidIndex = writes.findIndex(({ object, relation }) => object.startsWith('session:') && !shareable.has(relation))
    if (invalidIndex >= 0) {
      const detail = `must be one of ${[...shareable].join(', ')}: the session's log defines the others`
      return problem(c, { kind: 'invalid', errors: [{ pointer: `/writes/${invalidIndex}/relation`, detail }] })
    }
    // Every object is authorized and audited before the first write.
    for (const object of new Set([...writes, ...deletes].map((tuple) => tuple.object))) {
      const authorized = await authorizeObject(c, object, 'admin.relations.update')
      if ('refused' in authorized) return problem(c, authorized.refused)
      const { decision, isHidden } = authorized
      await recordSync(c, object, decision)
      if (!decision.allowed) return isHidden ? problem(c, { kind: 'not_found' }) : deny(c, decision)
    }
    const result = await tenantOf(c).relate({ writes, deletes }, c.var.principal.subject)
    await recordAudit(c, {
      action: 'relation.write',
      target: writes[0]?.object ?? deletes[0]?.object ?? '',
      outcome: result.ok ? 'done' : 'refused',
      detail: result.ok
        ? { writes: writes.map(tupleText), deletes: deletes.map(tupleText) }
        : { writes: writes.length, deletes: deletes.length, why: result.error.code },
    })
    return result.ok ? c.json({ written: writes.length, deleted: deletes.length }, 200) : problem(c, toFailure(result.error))
  })
  .openapi(check, async (c) => {
    const { object, relation, user } = c.req.valid('json')
    if (user !== nameOf('user', c.var.principal.subject)) {
      const decision = await authorizeRequest(c, { action: 'admin.relations.read' })
      recordBatched(c, object, decision)
      if (!decision.allowed) return deny(c, decision)
    }
    const session = sessionIn(object)
    const refused = session && lookupRefusal(c, session)
    if (refused) return problem(c, refused)
    const owner = session && (await ownerOf(c, session))
    const ownerName = owner ? nameOf('user', owner) : null
    const contextualTuples = ownerName ? [{ object, relation: 'owner', user: ownerName }] : []
    const result = await tenantOf(c).check({ object, relation, user, contextualTuples })
    if (session && owner !== c.var.principal.subject && !(result.ok && result.value)) countMissing(c)
    return result.ok ? c.json({ allowed: result.value }, 200) : problem(c, toFailure(result.error))
  })
