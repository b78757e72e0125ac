/** `/v1/relations`: relationship tuples. The owner shares a session; everything else needs an admin. */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import { ListTuples, RelationCheck, RelationTuple, TupleList, WriteTuples, WrittenTuples } from '../../../shared/api/relations.ts'
import { SessionId } from '../../../shared/ids.ts'
import type { PolicyDecision } from '../../../shared/policy/policy-decision.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { RelationsFailure } from '../../../shared/relations/failure.ts'
import { nameOf } from '../../../shared/relations/name.ts'
import { tupleText } from '../../../shared/relations/tuple.ts'
import { recordAudit, recordBatched, recordSync } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { authorizeRequest, deny, ownerOf, relationsTo } from '../policy/enforce.ts'

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

/** What a session may be shared as. That it has an owner and belongs to a tenant is not for tuples to say. */
const shareable = new Set(['viewer', 'member', 'admin', 'blocked'])

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)

const sessionIn = (object: string): SessionId | undefined =>
  object.startsWith('session:') ? SessionId.safeParse(object.slice('session:'.length)).data : undefined

/** Whether the caller may see or change what is said of `object`. */
async function aboutObject(
  c: GatewayContext,
  object: string | undefined,
  otherwise: string,
): Promise<{ ruling: PolicyDecision; hidden: boolean }> {
  const session = object === undefined ? undefined : sessionIn(object)
  if (session === undefined) return { ruling: await authorizeRequest(c, { action: otherwise }), hidden: false }
  const owner = await ownerOf(c, session)
  const about = {
    resource: { kind: 'session', id: session, ...(owner ? { owner } : {}) },
    context: owner && owner !== c.var.principal.subject ? { relations: await relationsTo(c, session, owner) } : {},
  }
  const ruling = await authorizeRequest(c, { action: 'session.share', ...about })
  return { ruling, hidden: !ruling.allowed && !(await authorizeRequest(c, { action: 'session.read', ...about })).allowed }
}

function failure({ code, detail }: RelationsFailure): Failure {
  if (code === 'unavailable') return { kind: 'unavailable', what: 'What keeps the relations' }
  return { kind: 'relation_refused', code, detail }
}

export const relationRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(read, async (c) => {
    const { object, after } = c.req.valid('query')
    const { ruling, hidden } = await aboutObject(c, object, 'admin.relations.read')
    recordBatched(c, object ?? '', ruling)
    if (!ruling.allowed) return hidden ? problem(c, { kind: 'not_found' }) : deny(c, ruling)
    const page = await tenantOf(c).tuples(object ?? null, after ?? null)
    if (!page.ok) return problem(c, failure(page.error))
    return c.json(page.value, 200)
  })
  .openapi(write, async (c) => {
    const { writes, deletes } = c.req.valid('json')
    const wrong = writes.findIndex(({ object, relation }) => object.startsWith('session:') && !shareable.has(relation))
    if (wrong >= 0) {
      const detail = `must be one of ${[...shareable].join(', ')}: the rest a session says itself`
      return problem(c, { kind: 'invalid', errors: [{ pointer: `/writes/${wrong}/relation`, detail }] })
    }
    // Each object is somebody's: all of them are decided, and on the trail, before anything is written.
    for (const object of new Set([...writes, ...deletes].map((tuple) => tuple.object))) {
      const { ruling, hidden } = await aboutObject(c, object, 'admin.relations.update')
      await recordSync(c, object, ruling)
      if (!ruling.allowed) return hidden ? problem(c, { kind: 'not_found' }) : deny(c, ruling)
    }
    const written = await tenantOf(c).relate({ writes, deletes })
    const detail = { writes: writes.map(tupleText), deletes: deletes.map(tupleText) }
    await recordAudit(c, {
      action: 'relation.write',
      target: writes[0]?.object ?? deletes[0]?.object ?? '',
      outcome: written.ok ? 'done' : 'refused',
      detail: written.ok ? detail : { ...detail, why: written.error.code },
    })
    return written.ok ? c.json({ written: writes.length, deleted: deletes.length }, 200) : problem(c, failure(written.error))
  })
  .openapi(check, async (c) => {
    const { object, relation, user } = c.req.valid('json')
    if (user !== nameOf('user', c.var.principal.subject)) {
      const ruling = await authorizeRequest(c, { action: 'admin.relations.read' })
      recordBatched(c, object, ruling)
      if (!ruling.allowed) return deny(c, ruling)
    }
    const session = sessionIn(object)
    const owner = session && (await ownerOf(c, session))
    const of = owner ? nameOf('user', owner) : null
    const contextualTuples = of ? [{ object, relation: 'owner', user: of }] : []
    const checked = await tenantOf(c).check({ object, relation, user, contextualTuples })
    return checked.ok ? c.json({ allowed: checked.value }, 200) : problem(c, failure(checked.error))
  })
