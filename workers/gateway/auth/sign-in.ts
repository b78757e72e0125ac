/** `/v1/auth`, `/v1/me`: the signed-in user, sign-out, and tokens for programs that act for a user. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { AuthMethods, Me, RefreshTokens, SignedOut, Tokens } from '../../../shared/api/sign-in.ts'
import { mfa } from '../../../shared/identity/amr.ts'
import { Subject, type TenantId } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json, jsonBody, onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { createRoute } from '../http/route.ts'
import { limitCredential } from '../limits/rate-limit.ts'
import { isSameOrigin, tokenPrincipal } from './authenticate.ts'
import { anonymousPrincipal } from './complete-sign-in.ts'
import { cookieToken, hasCsrf, restoreCsrf, setCookies, signOutPath } from './cookies.ts'
import { accountsOf } from './credential-status.ts'
import { reserveAttempt } from './failed-auth-limit.ts'
import { issuedCredential } from './issued-credential.ts'
import { providerSignOut } from './oidc.ts'
import { refuseCredential } from './refuse-credential.ts'
import { accessSeconds, refreshSeconds, signToken } from './tokens.ts'

const tags = ['Sign-in']

const methods = createRoute({
  method: 'get',
  path: '/v1/auth/methods',
  tags,
  summary: 'List the sign-in methods',
  security: [],
  responses: { 200: json(AuthMethods) },
})
const signOut = createRoute({
  method: 'post',
  path: signOutPath,
  tags,
  summary: 'Sign out',
  description: "Ends the cookie's sign-in and revokes all of its tokens.",
  security: [],
  responses: { 200: json(SignedOut), 204: { description: 'Signed out' }, ...problems(403) },
})
const signOutEverywhere = createRoute({
  method: 'post',
  path: '/v1/auth/sign-out-everywhere',
  tags,
  summary: 'Sign out on all devices',
  description: 'Ends all of your sign-ins, including this one. API keys stay valid.',
  responses: { 204: { description: 'Signed out' }, ...problems(401, 403) },
})
const me = createRoute({
  method: 'get',
  path: '/v1/me',
  tags,
  summary: 'Show the signed-in user',
  responses: { 200: json(Me), ...problems(401) },
})
const tokens = createRoute({
  method: 'post',
  path: '/v1/auth/tokens',
  tags,
  summary: 'Create tokens for a program that acts for you',
  description:
    "Returns a short-lived access token and a single-use refresh token. No later response shows them. Requires the web app's sign-in.",
  responses: { 200: json(Tokens), ...problems(401, 403) },
})
const refresh = createRoute({
  method: 'post',
  path: '/v1/auth/refresh',
  tags,
  summary: 'Refresh the tokens',
  description: 'Consumes the refresh token. Reuse of a consumed token indicates theft and revokes the whole sign-in.',
  security: [],
  request: { body: jsonBody(RefreshTokens) },
  responses: { 200: json(Tokens), ...problems(400, 401, 429) },
})
const revoke = createRoute({
  method: 'post',
  path: '/v1/auth/revoke',
  tags,
  summary: 'Revoke the token of this request',
  description: 'Also revokes every token of the same sign-in. The change applies everywhere within two seconds.',
  responses: { 204: { description: 'Revoked' }, ...problems(401, 403) },
})

/** `offers`: the sign-in methods of this deployment. */
export const signInRoutes = (offers: (c: GatewayContext) => AuthMethods) =>
  new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
    .openapi(methods, (c) => c.json(offers(c), 200))
    .openapi(signOut, async (c) => {
      const token = cookieToken(c)
      const result = token ? await tokenPrincipal(c, token, 'cookie') : null
      const principal = result?.ok ? result.value : null
      if (token && principal) {
        if (!isSameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
        if (!(await hasCsrf(c, token))) return problem(c, { kind: 'wrong_csrf' })
        const refusal = limitCredential(c, `cookie ${principal.tenant} ${principal.subject}`)
        if (refusal) return refusal
        c.set('principal', principal)
        await accountsOf(c.env, principal.tenant).revoke(principal.subject, principal.ids, principal.expiresAt)
        await recordAudit(c, { action: 'account.sign_out', target: `user:${principal.subject}`, outcome: 'done' })
      }
      await setCookies(c, '', 0)
      const continueAt = principal ? await providerSignOut(c) : null
      return continueAt === null ? c.body(null, 204) : c.json({ continue_at: continueAt }, 200, { 'cache-control': 'no-store' })
    })
    .openapi(signOutEverywhere, async (c) => {
      const { tenant, subject, ids, expiresAt, via } = c.var.principal
      await accountsOf(c.env, tenant).signOutEverywhere(subject)
      if (via !== 'api_key') await accountsOf(c.env, tenant).revoke(subject, ids, expiresAt)
      await recordAudit(c, { action: 'account.sign_out', target: `user:${subject}`, outcome: 'done', detail: { everywhere: true } })
      if (via === 'cookie') await setCookies(c, '', 0)
      return c.body(null, 204)
    })
    .openapi(me, async (c) => {
      const { tenant, subject, expiresAt, roles, via, amr, needsMfa } = c.var.principal
      if (via === 'cookie') await restoreCsrf(c)
      return c.json(
        { tenant, subject, role: roles[0] ?? 'viewer', expires_at: expiresAt, mfa: amr.includes(mfa), needs_mfa: needsMfa },
        200,
      )
    })
    .openapi(tokens, async (c) => {
      const { tenant, subject, via, roles, amr } = c.var.principal
      // A program's token must not create more tokens.
      if (via !== 'cookie') return problem(c, { kind: 'needs_cookie' })
      const identity = { subject, name: '', method: 'token', scope: '', amr, agent: '', role: roles[0] ?? 'viewer', refresh: true } as const
      const signIn = await accountsOf(c.env, tenant).signIn({ ...identity, expiresAt: Date.now() + refreshSeconds * 1_000 })
      if (!signIn.ok) return problem(c, signIn.error)
      if (signIn.value.kind === 'challenge') throw new Error('a signed-in user got a challenge')
      const { sid, refresh } = signIn.value
      await recordAudit(c, { action: 'account.token', target: `user:${subject}`, outcome: 'done' })
      return c.json(await tokenPair(c, { tenant, subject, scopes: [], amr }, sid, refresh ?? ''), 200, { 'cache-control': 'no-store' })
    })
    .openapi(refresh, async (c) => {
      const { refresh_token } = c.req.valid('json')
      const returnAttempt = reserveAttempt(c, refresh_token)
      if (typeof returnAttempt !== 'function') return returnAttempt
      const parsed = await issuedCredential(c, 'somarefresh', refresh_token)
      if (!parsed) return refuseCredential(c, { fault: 'refresh_token' })
      const refusal = limitCredential(c, `somarefresh ${parsed.tenant} ${parsed.id}`)
      if (refusal) return refusal
      const rotated = await accountsOf(c.env, parsed.tenant).refresh(refresh_token)
      if (!rotated.ok) {
        if (rotated.error.reusedBy) await recordReuse(c, parsed.tenant, Subject.parse(rotated.error.reusedBy))
        return refuseCredential(c, { fault: 'refresh_token' })
      }
      returnAttempt()
      const { signIn, refresh } = rotated.value
      const scopes = signIn.scope.split(' ').filter(Boolean)
      const identity = { tenant: parsed.tenant, subject: Subject.parse(signIn.subject), scopes, amr: signIn.amr ?? [] }
      return c.json(await tokenPair(c, identity, signIn.sid, refresh), 200, { 'cache-control': 'no-store' })
    })
    .openapi(revoke, async (c) => {
      const { tenant, subject, ids, expiresAt } = c.var.principal
      if (ids.key) await accountsOf(c.env, tenant).revokeKey(ids.key, subject)
      else await accountsOf(c.env, tenant).revoke(subject, ids, expiresAt)
      await recordAudit(c, { action: 'account.revoke', target: `user:${subject}`, outcome: 'done' })
      return c.body(null, 204)
    })

async function tokenPair(c: GatewayContext, identity: Parameters<typeof signToken>[1], sid: string, refresh: string): Promise<Tokens> {
  const access_token = await signToken(c.env, identity, sid, accessSeconds)
  return { access_token, token_type: 'Bearer', expires_in: accessSeconds, refresh_token: refresh }
}

/** Audits the reuse of a refresh token. The accounts object has revoked the sign-in, because either holder may be an attacker. */
async function recordReuse(c: GatewayContext, tenant: TenantId, subject: Subject): Promise<void> {
  c.set('principal', anonymousPrincipal(tenant, subject))
  await recordAudit(c, { action: 'account.refresh', target: `user:${subject}`, outcome: 'reused' })
}
