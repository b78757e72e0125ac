/** `/v1/signing-keys`: the keys that sign our tokens. For operators: no sign-in and no API key grants the scope. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { RotateSigningKey, SigningKeyList, SigningKeyPath } from '../../../shared/api/signing-keys.ts'
import { issuerScope } from '../../../shared/identity/scope.ts'
import { platformIssuerName } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { logAdminCall } from '../http/request-log.ts'
import { createRoute } from '../http/route.ts'

const tags = ['Administration']
const description = `For operators: requires the scope \`${issuerScope}\`.`
const list = createRoute({
  method: 'get',
  path: '/v1/signing-keys',
  tags,
  summary: 'List the keys that sign and verify tokens',
  description,
  responses: { 200: json(SigningKeyList), ...problems(401, 403) },
})
const rotate = createRoute({
  method: 'post',
  path: '/v1/signing-keys',
  tags,
  summary: 'Rotate the signing key',
  description:
    `${description} The new key is published now and signs after \`lead_seconds\`. The previous key verifies until its last token expires. ` +
    'Only one key can wait to sign. Use a lead below 600 seconds only in emergencies: clients may cache the key set that long.',
  request: {
    body: jsonBody(RotateSigningKey),
  },
  responses: { 200: json(SigningKeyList), ...problems(400, 401, 403) },
})
const remove = createRoute({
  method: 'delete',
  path: '/v1/signing-keys/{kid}',
  tags,
  summary: 'Delete a compromised signing key',
  description: `${description} Tokens that it signed are refused everywhere within twelve seconds. The next key signs at once.`,
  request: { params: SigningKeyPath },
  responses: { 204: { description: 'Deleted' }, ...problems(401, 403, 404) },
})

const requireOperator = createMiddleware<Gateway>(async (c, next) => {
  const { scopes, via } = c.var.principal
  if (via === 'token' && scopes.includes(issuerScope)) await next()
  else c.res = problem(c, { kind: 'forbidden', scope: issuerScope })
  logAdminCall(c, { key: c.req.param('kid') })
})

interface SigningKey {
  readonly kid: string
  readonly state: 'published' | 'signing' | 'verifying'
  readonly madeAt: number
  readonly signsFrom: number
  readonly retiresAt: number | null
}

const keyList = (keys: readonly SigningKey[]): SigningKeyList => ({
  keys: keys.map(({ kid, state, madeAt, signsFrom, retiresAt }) => ({
    kid,
    state,
    made_at: madeAt,
    signs_from: signsFrom,
    retires_at: retiresAt,
  })),
})

const routes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
routes.use('/v1/signing-keys', requireOperator)
routes.use('/v1/signing-keys/*', requireOperator)

const issuer = (env: GatewayEnv) => env.ISSUER.getByName(platformIssuerName)

export const signingKeyRoutes = routes
  .openapi(list, async (c) => c.json(keyList(await issuer(c.env).list()), 200))
  .openapi(rotate, async (c) => {
    const { lead_seconds } = c.req.valid('json')
    const keys = await issuer(c.env).rotate(lead_seconds * 1_000)
    await recordAudit(c, { action: 'signing_key.rotate', target: `signing_key:${keys[0]?.kid}`, outcome: 'done', detail: { lead_seconds } })
    return c.json(keyList(keys), 200)
  })
  .openapi(remove, async (c) => {
    const { kid } = c.req.valid('param')
    if (!(await issuer(c.env).remove(kid))) return problem(c, { kind: 'not_found' })
    await recordAudit(c, { action: 'signing_key.remove', target: `signing_key:${kid}`, outcome: 'done' })
    return c.body(null, 204)
  })
