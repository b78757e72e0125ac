/** `/v1/personas`: who answers. A persona of the workspace is changed by an admin, and a private one by its owner. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { CreatePersona, PersonaList, PersonaPath, PersonaView, PutPersona } from '../../../shared/api/personas.ts'
import { mayUse, type Persona, type StoredPersona } from '../../../shared/persona/persona.ts'
import { recordAudit, recordSync } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { authorizeRequest, deny } from '../policy/enforce.ts'

const tags = ['Personas']

const list = createRoute({
  method: 'get',
  path: '/v1/personas',
  tags,
  summary: 'List the personas that you may choose',
  responses: { 200: json(PersonaList), ...problems(401, 403) },
})

const create = createRoute({
  method: 'post',
  path: '/v1/personas',
  tags,
  summary: 'Create a persona',
  description: 'Messages name it in `persona_id`. Only an admin creates one for the whole workspace.',
  request: { body: jsonBody(CreatePersona) },
  responses: { 201: json(PersonaView, 'The new persona'), ...problems(400, 401, 403) },
})

const get = createRoute({
  method: 'get',
  path: '/v1/personas/{persona}',
  tags,
  summary: 'Read a persona',
  request: { params: PersonaPath },
  responses: { 200: json(PersonaView), ...problems(400, 401, 403, 404) },
})

const put = createRoute({
  method: 'put',
  path: '/v1/personas/{persona}',
  tags,
  summary: 'Replace a persona',
  description: 'Turns that start after the response use it.',
  request: { params: PersonaPath, body: jsonBody(PutPersona) },
  responses: { 200: json(PersonaView), ...problems(400, 401, 403, 404, 409) },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/personas/{persona}',
  tags,
  summary: 'Delete a persona',
  description: 'Its conversations stay. Their next turns have no persona.',
  request: { params: PersonaPath },
  responses: { 204: { description: 'Deleted' }, ...problems(400, 401, 403, 404) },
})

const tenantOf = (c: GatewayContext) => c.env.TENANT.getByName(c.var.principal.tenant)

const view = <P>({ persona, ...stored }: Omit<StoredPersona, 'persona'> & { readonly persona: P }) => ({ ...stored, ...persona })

/** The persona, if the caller may see it. */
async function findVisible(c: GatewayContext, id: string): Promise<StoredPersona | null> {
  const stored = await tenantOf(c).persona(id)
  return stored && mayUse(stored, c.var.principal.subject) ? stored : null
}

/** Null: the caller may make this change. `owner`: of a private persona. */
async function refusal(c: GatewayContext, id: string, { visibility }: Pick<Persona, 'visibility'>, owner: string) {
  const resource = { kind: 'persona', id, ...(visibility === 'owner' && { owner }) }
  const decision = await authorizeRequest(c, { action: 'persona.update', resource })
  await recordSync(c, `persona:${id}`, decision)
  return decision.allowed ? null : deny(c, decision)
}

const recordChange = (c: GatewayContext, id: string, outcome: string, version?: number) =>
  recordAudit(c, { action: 'persona.update', target: `persona:${id}`, outcome, ...(version !== undefined && { detail: { version } }) })

export const personaRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(list, async (c) => {
    const stored = await tenantOf(c).personas()
    return c.json({ personas: stored.filter((persona) => mayUse(persona, c.var.principal.subject)).map(view) }, 200)
  })
  .openapi(create, async (c) => {
    const { id = crypto.randomUUID(), ...persona } = c.req.valid('json')
    const { subject } = c.var.principal
    const refused = await refusal(c, id, persona, subject)
    if (refused) return refused
    const created = await tenantOf(c).createPersona(id, persona, subject)
    if (!created.ok) return problem(c, created.error)
    await recordChange(c, id, 'created', 1)
    return c.json(view(created.value), 201)
  })
  .openapi(get, async (c) => {
    const stored = await findVisible(c, c.req.valid('param').persona)
    return stored ? c.json(view(stored), 200) : problem(c, { kind: 'not_found' })
  })
  .openapi(put, async (c) => {
    const { persona: id } = c.req.valid('param')
    const { version, ...persona } = c.req.valid('json')
    const before = await findVisible(c, id)
    if (!before) return problem(c, { kind: 'not_found' })
    // A change of the visibility needs the right to both.
    const refused = (await refusal(c, id, before.persona, before.owner)) ?? (await refusal(c, id, persona, before.owner))
    if (refused) return refused
    const replaced = await tenantOf(c).replacePersona(id, persona, c.var.principal.subject, version)
    if (!replaced.ok) return problem(c, replaced.error)
    await recordChange(c, id, 'changed', replaced.value.version)
    return c.json(view(replaced.value), 200)
  })
  .openapi(remove, async (c) => {
    const { persona: id } = c.req.valid('param')
    const before = await findVisible(c, id)
    if (!before) return problem(c, { kind: 'not_found' })
    const refused = await refusal(c, id, before.persona, before.owner)
    if (refused) return refused
    if (!(await tenantOf(c).removePersona(id))) return problem(c, { kind: 'not_found' })
    await recordChange(c, id, 'removed')
    return c.body(null, 204)
  })
