/**
 * `/v1/auth/oidc`: sign-in with an external identity provider. OpenID Connect's authorization code flow with PKCE, `state` and `nonce`.
 * A cookie of the browser that started the flow holds their values. A callback in another browser therefore fails.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import * as oauth from 'oauth4webapi'
import { StartOidc } from '../../../shared/api/sign-in.ts'
import { Amr } from '../../../shared/identity/amr.ts'
import { foreignSubject } from '../../../shared/identity/foreign-subject.ts'
import { tenantOf } from '../../../shared/identity/trusted-issuer.ts'
import { ownPage } from '../../../shared/net/own-page.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { publicAddress, publicUrl } from '../http/public-url.ts'
import { createRoute } from '../http/route.ts'
import { logger } from '../logger.ts'
import { completeFirstFactor } from './complete-sign-in.ts'
import { cookieIdToken, setIdToken } from './cookies.ts'
import { storeAttempt, takeAttempt } from './oidc-attempt.ts'
import { discover, redeem } from './oidc-provider.ts'
import { oidcSettings } from './oidc-settings.ts'
import { signInSeconds } from './tokens.ts'

const callbackPath = '/v1/auth/oidc/callback'

/** Why a sign-in failed. The app shows a message for each. */
type OidcError = 'cancelled' | 'expired' | 'failed' | 'refused'

const start = createRoute({
  method: 'get',
  path: '/v1/auth/oidc/start',
  tags: ['Sign-in'],
  summary: 'Sign in with the identity provider',
  description: "Redirects the browser to the provider. `to` is the app's page to return to.",
  security: [],
  request: { query: StartOidc },
  responses: { 303: { description: 'Redirect to the identity provider' }, ...problems(404) },
})
const callback = createRoute({
  method: 'get',
  path: callbackPath,
  // The provider chooses the parameters.
  openQuery: true,
  tags: ['Sign-in'],
  summary: 'Complete a sign-in with the identity provider',
  security: [],
  responses: { 303: { description: 'Redirect to the app. On failure, `?sign_in=` gives the reason.' }, ...problems(404) },
})

export const oidcRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(start, async (c) => {
    const settings = oidcSettings(c.env)
    if (!settings) return problem(c, { kind: 'not_found' })
    const state = oauth.generateRandomState()
    const nonce = oauth.generateRandomNonce()
    const verifier = oauth.generateRandomCodeVerifier()
    const to = ownPage(c.req.valid('query').to, publicUrl(c).origin)
    try {
      const { server } = await discover(settings)
      const location = new URL(server.authorization_endpoint ?? '')
      const parameters = {
        client_id: settings.clientId,
        redirect_uri: publicAddress(c, callbackPath),
        response_type: 'code',
        scope: 'openid profile email',
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
      storeAttempt(c, state, { nonce, verifier, to, at: Date.now() })
      return c.redirect(location.href, 303)
    } catch (error) {
      logger.write('oidc.unreachable', { error, request: c.var.requestId })
      return backToApp(c, 'failed')
    }
  })
  .openapi(callback, async (c) => {
    const settings = oidcSettings(c.env)
    if (!settings) return problem(c, { kind: 'not_found' })
    const { state } = c.req.query()
    const attempt = takeAttempt(c, state)
    if (!attempt || state === undefined) return backToApp(c, 'expired')
    try {
      const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
      const redirectUri = publicAddress(c, callbackPath)
      const { claims, idToken, issuer } = await redeem(settings, { ...attempt, callback: publicUrl(c), redirectUri, state, keepAlive })
      const tenant = tenantOf(settings, claims)
      const subject = foreignSubject(claims.sub)
      if (!tenant || !subject) {
        logger.write('oidc.refused', { request: c.var.requestId, why: tenant ? 'subject' : 'tenant' })
        return backToApp(c, 'refused')
      }
      const amr = Amr.parse(claims.amr)
      const result = await completeFirstFactor(c, tenant, {
        subject,
        name: nameOf(claims),
        method: 'oidc',
        role: 'member',
        amr,
        origin: { issuer, isProvider: true },
      })
      if (!result) {
        logger.write('oidc.refused', { request: c.var.requestId, why: 'account' })
        return backToApp(c, 'refused')
      }
      if (settings.signOut) setIdToken(c, idToken, signInSeconds)
      // After a challenge, the page first asks for the second factor.
      return toPage(c, attempt.to, result.kind === 'in' ? {} : { sign_in: 'code' })
    } catch (error) {
      if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') return backToApp(c, 'cancelled')
      logger.write('oidc.failed', { error, request: c.var.requestId })
      return backToApp(c, 'failed')
    }
  })

/** Redirects to a page of this app. The page comes from a cookie of the browser, so it is checked again. */
const toPage = (c: GatewayContext, to: string, parameters?: Record<string, string>) =>
  c.redirect(ownPage(to, publicUrl(c).origin, parameters), 303)

const backToApp = (c: GatewayContext, error: OidcError) => toPage(c, '/', { sign_in: error })

/** The provider's sign-out page; null: the sign-in used no provider, or provider sign-out is off or not supported. */
export async function providerSignOut(c: GatewayContext): Promise<string | null> {
  const settings = oidcSettings(c.env)
  const hint = cookieIdToken(c)
  setIdToken(c, '', 0)
  if (!settings?.signOut || hint === undefined) return null
  try {
    const { server } = await discover(settings)
    if (!server.end_session_endpoint) return null
    const location = new URL(server.end_session_endpoint)
    const parameters = { id_token_hint: hint, client_id: settings.clientId, post_logout_redirect_uri: publicAddress(c, '/') }
    for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
    return location.href
  } catch (error) {
    // The user is signed out of this app already.
    logger.write('oidc.unreachable', { error, request: c.var.requestId })
    return null
  }
}

/** The user's display name. */
function nameOf({ name, preferred_username, email }: Record<string, unknown>): string {
  const found = [name, preferred_username, email].find((value) => typeof value === 'string' && value.trim() !== '')
  return typeof found === 'string' ? found.slice(0, 200) : ''
}
