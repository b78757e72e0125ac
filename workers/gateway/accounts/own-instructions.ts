/** `/v1/me/instructions`: a user's own instructions. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { OwnInstructions, PutOwnInstructions } from '../../../shared/api/own-instructions.ts'
import { accountsOf } from '../auth/credential-status.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Personas']

const get = createRoute({
  method: 'get',
  path: '/v1/me/instructions',
  tags,
  summary: 'Read your own instructions',
  responses: { 200: json(OwnInstructions), ...problems(401, 403) },
})
const put = createRoute({
  method: 'put',
  path: '/v1/me/instructions',
  tags,
  summary: 'Replace your own instructions',
  description: 'Turns that start after the response use them.',
  request: { body: jsonBody(PutOwnInstructions) },
  responses: { 200: json(OwnInstructions), ...problems(400, 401, 403) },
})

const none = { instructions: '', updated_at: null }

export const ownInstructionRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(get, async (c) => {
    const { tenant, subject } = c.var.principal
    return c.json((await accountsOf(c.env, tenant).ownInstructions(subject)) ?? none, 200)
  })
  .openapi(put, async (c) => {
    const { tenant, subject } = c.var.principal
    return c.json((await accountsOf(c.env, tenant).putOwnInstructions(subject, c.req.valid('json').instructions)) ?? none, 200)
  })
