/** `/v1/people`: the users of the workspace, for every user who shares something. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { FindPeople, People } from '../../../shared/api/relations.ts'
import { accountsOf } from '../auth/credential-status.ts'
import type { Gateway } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'

const maxPeople = 8

const find = createRoute({
  method: 'get',
  path: '/v1/people',
  tags: ['Relations'],
  summary: 'Find users to share with',
  description: `At most ${maxPeople} users of the workspace, by the start of a name. A subject that never signed in is not found, and can be shared with.`,
  request: { query: FindPeople },
  responses: { 200: json(People), ...problems(400, 401, 403) },
})

export const peopleRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(find, async (c) => {
  const { starts } = c.req.valid('query')
  const accounts = accountsOf(c.env, c.var.principal.tenant)
  // An accounts object of an older release finds no one. Every name can be shared with all the same.
  const people = await accounts.people(starts.trim(), maxPeople).catch(() => [])
  return c.json({ people: people.map(({ subject, name }) => ({ subject, name })) }, 200)
})
