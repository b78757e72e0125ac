/**
 * Sign-in without a password, for development only. All code is inside one function. Its only call depends on a constant of the build. A
 * deployed build therefore does not contain it: see `test/security/production.long.test.ts`.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { Me, MfaChallenge } from '../../../shared/api/sign-in.ts'
import { Subject, TenantId } from '../../../shared/ids.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { Gateway } from '../http/context.ts'
import { json, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { limitCredential } from '../limits/rate-limit.ts'
import { isSameOrigin } from './authenticate.ts'
import { completeFirstFactor } from './complete-sign-in.ts'

/** Sign-ins to this tenant get the role owner. */
const ownTenant = 'local'

/** The development routes. Every declaration is inside, so that the bundler can remove it. */
export function devSignInRoutes() {
  const DevSignIn = z.object({ tenant: TenantId.optional(), subject: Subject.optional() })
  const route = createRoute({
    method: 'post',
    path: '/v1/auth/dev',
    tags: ['Sign-in'],
    summary: 'Sign in without a password (development only)',
    security: [],
    request: { body: { content: { 'application/json': { schema: DevSignIn } } } },
    responses: {
      200: json(Me),
      202: json(MfaChallenge, 'A second factor is required: see `/v1/auth/mfa`'),
      ...problems(400, 401, 403, 404, 429),
    },
  })
  return new OpenAPIHono<Gateway>({ defaultHook: onInvalid }).openapi(route, async (c) => {
    if (!readVariable(c.env, 'SOMA_DEV_SIGN_IN')) return problem(c, { kind: 'not_found' })
    if (c.req.header('origin') !== undefined && !isSameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
    const { tenant = TenantId.parse(ownTenant), subject = Subject.parse('developer') } = c.req.valid('json')
    const refusal = limitCredential(c, `dev ${tenant} ${subject}`)
    if (refusal) return refusal
    const role = tenant === ownTenant ? 'owner' : 'member'
    const result = await completeFirstFactor(c, tenant, { subject, name: '', method: 'dev', role, amr: [] })
    if (!result) return problem(c, { kind: 'unauthenticated' })
    if (result.kind === 'in') return c.json(result.me, 200)
    return c.json({ challenge: result.challenge, expires_at: result.expiresAt }, 202, { 'cache-control': 'no-store' })
  })
}
