/**
 * `/v1/auth/oidc`: sign-in with an external identity provider. OpenID Connect's authorization code flow with PKCE, `state` and `nonce`.
 * A cookie of the browser that started the flow holds their values. A callback in another browser therefore fails.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as oauth from 'oauth4webapi'
import { StartOidc } from '../../../shared/api/sign-in.ts'
import { Amr } from '../../../shared/identity/amr.ts'
import { foreignSubject } from '../../../shared/identity/foreign-subject.ts'
import { FetchedKeys } from '../../../shared/identity/jwks-cache.ts'
import { clockLeewaySeconds } from '../../../shared/identity/token-limits.ts'
import { tenantOf } from '../../../shared/identity/trusted-issuer.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { overHttps, publicAddress, publicUrl } from '../http/public-url.ts'
import { logger } from '../logger.ts'
import { completeFirstFactor } from './complete-sign-in.ts'
import { cookieIdToken, setIdToken } from './cookies.ts'
import { type OidcSettings, oidcSettings } from './oidc-settings.ts'
import { signInSeconds } from './tokens.ts'
import { fetchJson, issuerKeyTimes } from './trusted-issuers.ts'

/** Timeout of the sign-in at the provider. */
const flowTimeoutSeconds = 600
/** How long the provider's metadata stays cached. */
const discoveryMs = 600_000
const callbackPath = '/v1/auth/oidc/callback'

/** Why a sign-in failed. The app shows a message for each. */
type OidcError = 'cancelled' | 'expired' | 'failed' | 'refused'

/** The state of a started flow, in its cookie. */
const FlowState = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })
type FlowState = z.infer<typeof FlowState>

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
  tags: ['Sign-in'],
  summary: 'Complete a sign-in with the identity provider',
  security: [],
  responses: { 303: { description: 'Redirect to the app. On failure, `?sign_in=` gives the reason.' }, ...problems(404) },
})

interface Provider {
  readonly issuer: string
  readonly server: oauth.AuthorizationServer
  readonly keys: FetchedKeys
  readonly at: number
}

let provider: Provider | undefined

/** The provider's metadata and keys. */
async function discover({ issuer, insecure }: OidcSettings): Promise<Provider> {
  if (provider?.issuer === issuer.href && Date.now() - provider.at < discoveryMs) return provider
  const response = await oauth.discoveryRequest(issuer, {
    algorithm: 'oidc',
    [oauth.allowInsecureRequests]: insecure,
    signal: requestTimeout(),
  })
  const server = await oauth.processDiscoveryResponse(issuer, response)
  const { jwks_uri } = server
  if (!jwks_uri) throw new Error('the identity provider names no keys')
  const known = provider?.server.jwks_uri === jwks_uri ? provider.keys : undefined
  const keys = known ?? new FetchedKeys(() => fetchJson(jwks_uri), { party: 'The identity provider', ...issuerKeyTimes })
  provider = { issuer: issuer.href, server, keys, at: Date.now() }
  return provider
}

const requestTimeout = (): AbortSignal => AbortSignal.timeout(8_000)

const cookieOf = (c: GatewayContext): string => (overHttps(c) ? '__Host-soma_oidc' : 'soma_oidc')

/** `to` if it is a page of this app; else the first page. */
function pageOf(c: GatewayContext, to: string): string {
  const { origin } = publicUrl(c)
  if (!URL.canParse(to, origin)) return '/'
  const page = new URL(to, origin)
  return page.origin === origin && !page.pathname.startsWith('/v1/') ? `${page.pathname}${page.search}` : '/'
}

export const oidcRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(start, async (c) => {
    const settings = oidcSettings(c.env)
    if (!settings) return problem(c, { kind: 'not_found' })
    const flow = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      to: pageOf(c, c.req.valid('query').to),
    }
    try {
      const { server } = await discover(settings)
      const location = new URL(server.authorization_endpoint ?? '')
      const parameters = {
        client_id: settings.clientId,
        redirect_uri: publicAddress(c, callbackPath),
        response_type: 'code',
        scope: 'openid profile email',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
      // Lax: the provider's redirect must carry the cookie.
      setCookie(c, cookieOf(c), btoa(JSON.stringify(flow)), {
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        secure: overHttps(c),
        maxAge: flowTimeoutSeconds,
      })
      return c.redirect(location.href, 303)
    } catch (error) {
      logger.write('oidc.unreachable', { error, request: c.var.requestId })
      return backToApp(c, 'failed')
    }
  })
  .openapi(callback, async (c) => {
    const settings = oidcSettings(c.env)
    if (!settings) return problem(c, { kind: 'not_found' })
    const flow = flowStateOf(c)
    deleteCookie(c, cookieOf(c), { path: '/', secure: overHttps(c) })
    if (!flow) return backToApp(c, 'expired')
    try {
      const { claims, idToken } = await redeem(c, settings, flow)
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
      })
      if (!result) return backToApp(c, 'refused')
      if (settings.signOut) setIdToken(c, idToken, signInSeconds)
      return c.redirect(result.kind === 'in' ? flow.to : withMfaPrompt(c, flow.to), 303)
    } catch (error) {
      if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') return backToApp(c, 'cancelled')
      logger.write('oidc.failed', { error, request: c.var.requestId })
      return backToApp(c, 'failed')
    }
  })

/** The page to return to, which first asks for the second factor. */
function withMfaPrompt(c: GatewayContext, to: string): string {
  const page = new URL(to, publicUrl(c))
  page.searchParams.set('sign_in', 'code')
  return `${page.pathname}${page.search}`
}

const backToApp = (c: GatewayContext, error: OidcError) => c.redirect(`/?sign_in=${error}`, 303)

function flowStateOf(c: GatewayContext): FlowState | null {
  try {
    return FlowState.parse(JSON.parse(atob(getCookie(c, cookieOf(c)) ?? '')))
  } catch {
    return null
  }
}

interface Redeemed {
  readonly claims: Record<string, unknown>
  readonly idToken: string
}

/** Exchanges the code for the ID token and its claims. Throws if any check fails. */
async function redeem(c: GatewayContext, settings: OidcSettings, flow: FlowState): Promise<Redeemed> {
  const { server, keys } = await discover(settings)
  const client: oauth.Client = { client_id: settings.clientId, [oauth.clockTolerance]: clockLeewaySeconds }
  const secret = settings.clientSecret === null ? oauth.None() : oauth.ClientSecretBasic(settings.clientSecret)
  const parameters = oauth.validateAuthResponse(server, client, publicUrl(c), flow.state)
  const options = { [oauth.allowInsecureRequests]: settings.insecure, signal: requestTimeout() }
  const redirectUri = publicAddress(c, callbackPath)
  const tokens = await oauth.authorizationCodeGrantRequest(server, client, secret, parameters, redirectUri, flow.verifier, options)
  const { id_token = '' } = await oauth.processAuthorizationCodeResponse(server, client, tokens, {
    expectedNonce: flow.nonce,
    requireIdToken: true,
  })
  // The protocol trusts the TLS connection instead (OpenID Connect Core §3.1.3.7). We verify the signature nevertheless.
  const rules = { issuer: server.issuer, audience: settings.clientId }
  const verified = await keys.verify(id_token, rules, Date.now(), (work) => c.executionCtx.waitUntil(work))
  if (!verified.ok) throw new Error(`the ID token is ${verified.error.kind}`)
  return { claims: verified.value.claims, idToken: id_token }
}

/** The provider's sign-out page; null: the sign-in was not the provider's, or its sign-out is off or not supported. */
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
  const found = [name, preferred_username, email].find((one) => typeof one === 'string' && one.trim() !== '')
  return typeof found === 'string' ? found.slice(0, 200) : ''
}
