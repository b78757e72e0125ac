/** `/v1/auth`, `/v1/me`: sign in and out of the web app. So far only the development sign-in, where it is switched on. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { setCookie } from 'hono/cookie'
import { Me } from '../../shared/api.ts'
import { Subject, TenantId } from '../../shared/ids.ts'
import { authenticate, cookieName, sameOrigin } from './authenticate.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { signInSeconds, signToken } from './issuer.ts'
import { json, onInvalid, problems } from './openapi.ts'
import { refuse } from './refuse.ts'

const Methods = z.object({ dev: z.boolean().meta({ description: 'One click, no password: development only' }) })
const DevSignIn = z.object({ tenant: TenantId.optional(), subject: Subject.optional() })

const offersDev = (c: GatewayContext): boolean => c.env.SOMA_DEV_SIGN_IN === 'true'

function giveCookie(c: GatewayContext, token: string, maxAge: number): void {
  setCookie(c, cookieName, token, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    maxAge,
    secure: new URL(c.req.url).protocol === 'https:',
  })
}

const methods = createRoute({
  method: 'get',
  path: '/v1/auth/methods',
  tags: ['Sign-in'],
  summary: 'How one can sign in',
  security: [],
  responses: { 200: json(Methods) },
})
const dev = createRoute({
  method: 'post',
  path: '/v1/auth/dev',
  tags: ['Sign-in'],
  summary: 'Sign in without a password (development only)',
  security: [],
  request: { body: { content: { 'application/json': { schema: DevSignIn } } } },
  responses: { 200: json(Me), ...problems(400, 403, 404) },
})
const signOut = createRoute({
  method: 'post',
  path: '/v1/auth/sign-out',
  tags: ['Sign-in'],
  summary: 'Sign out',
  security: [],
  responses: { 204: { description: 'Signed out' }, ...problems(403) },
})
const me = createRoute({
  method: 'get',
  path: '/v1/me',
  tags: ['Sign-in'],
  summary: 'Who you are',
  middleware: authenticate,
  responses: { 200: json(Me), ...problems(401) },
})

export const signIn = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(methods, (c) => c.json({ dev: offersDev(c) }, 200))
  .openapi(dev, async (c) => {
    if (!offersDev(c)) return refuse(c, { kind: 'not_found' })
    if (c.req.header('origin') !== undefined && !sameOrigin(c)) return refuse(c, { kind: 'wrong_origin' })
    const { tenant = TenantId.parse('local'), subject = Subject.parse('developer') } = c.req.valid('json')
    giveCookie(c, await signToken(c.env, tenant, subject, signInSeconds), signInSeconds)
    return c.json({ tenant, subject, expires_at: Date.now() + signInSeconds * 1_000 }, 200)
  })
  .openapi(signOut, (c) => {
    if (c.req.header('origin') !== undefined && !sameOrigin(c)) return refuse(c, { kind: 'wrong_origin' })
    giveCookie(c, '', 0)
    return c.body(null, 204)
  })
  .openapi(me, (c) => {
    const { tenant, subject, expiresAt } = c.var.principal
    return c.json({ tenant, subject, expires_at: expiresAt }, 200)
  })
