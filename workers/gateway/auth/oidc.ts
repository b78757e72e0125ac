/**
 * `/v1/auth/oidc`: sign in with somebody else's identity provider. OpenID Connect's authorization code flow with PKCE, `state` and
 * `nonce`; what they were is kept in a cookie of the browser that began, so an answer that another browser asked for is worth nothing.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as oauth from 'oauth4webapi'
import { StartOidc } from '../../../shared/api/sign-in.ts'
import { Amr } from '../../../shared/identity/amr.ts'
import { FetchedKeys } from '../../../shared/identity/jwks-cache.ts'
import { tenantOf } from '../../../shared/identity/trusted-issuer.ts'
import { Subject } from '../../../shared/ids.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { onInvalid, problems } from '../http/openapi.ts'
import { problem } from '../http/problem.ts'
import { logger } from '../logger.ts'
import { completeFirstFactor } from './complete-sign-in.ts'
import { cookieIdToken, giveIdToken } from './cookies.ts'
import { type OidcSettings, oidcSettings } from './oidc-settings.ts'
import { signInSeconds } from './tokens.ts'
import { fetchJson } from './trusted-issuers.ts'

/** How long one may take to sign in over there. */
const patienceSeconds = 600
/** How long the provider's description of itself is good for. */
const discoveryMs = 600_000
const clockSeconds = 30
const callbackPath = '/v1/auth/oidc/callback'

/** Why it did not work, for the app to say in words. */
type OidcError = 'cancelled' | 'expired' | 'failed' | 'refused'

const Begun = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })
type Begun = z.infer<typeof Begun>

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

/** What the provider says of itself, and its keys. */
async function discover({ issuer, insecure }: OidcSettings): Promise<Provider> {
  if (provider?.issuer === issuer.href && Date.now() - provider.at < discoveryMs) return provider
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', [oauth.allowInsecureRequests]: insecure, signal: soon() })
  const server = await oauth.processDiscoveryResponse(issuer, answer)
  const { jwks_uri } = server
  if (!jwks_uri) throw new Error('the identity provider names no keys')
  const known = provider?.server.jwks_uri === jwks_uri ? provider.keys : undefined
  const keys = known ?? new FetchedKeys(() => fetchJson(jwks_uri), { maxAgeMs: 600_000, cooldownMs: 30_000, uselessMs: 86_400_000 })
  provider = { issuer: issuer.href, server, keys, at: Date.now() }
  return provider
}

const soon = (): AbortSignal => AbortSignal.timeout(8_000)

const overHttps = (c: GatewayContext): boolean => new URL(c.req.url).protocol === 'https:'
const cookieOf = (c: GatewayContext): string => (overHttps(c) ? '__Host-soma_oidc' : 'soma_oidc')

/** A page of this app; anything else is its first page. */
function pageOf(c: GatewayContext, to: string): string {
  const { origin } = new URL(c.req.url)
  if (!URL.canParse(to, origin)) return '/'
  const page = new URL(to, origin)
  return page.origin === origin && !page.pathname.startsWith('/v1/') ? `${page.pathname}${page.search}` : '/'
}

export const oidcRoutes = new OpenAPIHono<Gateway>({ defaultHook: onInvalid })
  .openapi(start, async (c) => {
    const settings = oidcSettings(c.env)
    if (!settings) return problem(c, { kind: 'not_found' })
    const begun = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      to: pageOf(c, c.req.valid('query').to),
    }
    try {
      const { server } = await discover(settings)
      const there = new URL(server.authorization_endpoint ?? '')
      const asked = {
        client_id: settings.clientId,
        redirect_uri: new URL(callbackPath, c.req.url).href,
        response_type: 'code',
        scope: 'openid profile email',
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries(asked)) there.searchParams.set(name, value)
      // Lax: it must come back with a navigation that another site began.
      setCookie(c, cookieOf(c), btoa(JSON.stringify(begun)), {
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        secure: overHttps(c),
        maxAge: patienceSeconds,
      })
      return c.redirect(there.href, 303)
    } catch (error) {
      logger.write('oidc.unreachable', { error, request: c.var.requestId })
      return back(c, 'failed')
    }
  })
  .openapi(callback, async (c) => {
    const settings = oidcSettings(c.env)
    if (!settings) return problem(c, { kind: 'not_found' })
    const begun = begunOf(c)
    deleteCookie(c, cookieOf(c), { path: '/', secure: overHttps(c) })
    if (!begun) return back(c, 'expired')
    try {
      const { claims, idToken } = await redeem(c, settings, begun)
      const tenant = tenantOf(settings, claims)
      const subject = Subject.safeParse(claims.sub)
      if (!tenant || !subject.success) {
        logger.write('oidc.refused', { request: c.var.requestId, why: tenant ? 'subject' : 'tenant' })
        return back(c, 'refused')
      }
      const amr = Amr.parse(claims.amr)
      const entered = await completeFirstFactor(c, tenant, {
        subject: subject.data,
        name: nameOf(claims),
        method: 'oidc',
        role: 'member',
        amr,
      })
      if (!entered) return back(c, 'refused')
      if (settings.signOut) giveIdToken(c, idToken, signInSeconds)
      return c.redirect(entered.kind === 'in' ? begun.to : askingThere(c, begun.to), 303)
    } catch (error) {
      if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') return back(c, 'cancelled')
      logger.write('oidc.failed', { error, request: c.var.requestId })
      return back(c, 'failed')
    }
  })

/** The page to come back to, which asks for the second factor first. */
function askingThere(c: GatewayContext, to: string): string {
  const page = new URL(to, c.req.url)
  page.searchParams.set('sign_in', 'code')
  return `${page.pathname}${page.search}`
}

const back = (c: GatewayContext, trouble: OidcError) => c.redirect(`/?sign_in=${trouble}`, 303)

function begunOf(c: GatewayContext): Begun | null {
  try {
    return Begun.parse(JSON.parse(atob(getCookie(c, cookieOf(c)) ?? '')))
  } catch {
    return null
  }
}

interface Redeemed {
  readonly claims: Record<string, unknown>
  readonly idToken: string
}

/** The ID token that the code is good for, and its claims. Throws if anything about it is not as it must be. */
async function redeem(c: GatewayContext, settings: OidcSettings, begun: Begun): Promise<Redeemed> {
  const { server, keys } = await discover(settings)
  const client: oauth.Client = { client_id: settings.clientId, [oauth.clockTolerance]: clockSeconds }
  const secret = settings.clientSecret === null ? oauth.None() : oauth.ClientSecretBasic(settings.clientSecret)
  const answer = oauth.validateAuthResponse(server, client, new URL(c.req.url), begun.state)
  const options = { [oauth.allowInsecureRequests]: settings.insecure, signal: soon() }
  const here = new URL(callbackPath, c.req.url).href
  const tokens = await oauth.authorizationCodeGrantRequest(server, client, secret, answer, here, begun.verifier, options)
  const { id_token = '' } = await oauth.processAuthorizationCodeResponse(server, client, tokens, {
    expectedNonce: begun.nonce,
    requireIdToken: true,
  })
  // It came over our own connection, which the protocol takes for proof; its signature is checked like any other token's all the same.
  const rules = { issuer: server.issuer, audience: settings.clientId, clockTolerance: clockSeconds }
  const verified = await keys.verify(id_token, rules, Date.now(), (work) => c.executionCtx.waitUntil(work))
  if (!verified.ok) throw new Error(`the ID token is ${verified.error.kind}`)
  return { claims: verified.value.claims, idToken: id_token }
}

/** Where the browser goes to be signed out over there too; null: it did not sign in there, or need not, or cannot. */
export async function signOutThere(c: GatewayContext): Promise<string | null> {
  const settings = oidcSettings(c.env)
  const hint = cookieIdToken(c)
  giveIdToken(c, '', 0)
  if (!settings?.signOut || hint === undefined) return null
  try {
    const { server } = await discover(settings)
    if (!server.end_session_endpoint) return null
    const there = new URL(server.end_session_endpoint)
    const asked = { id_token_hint: hint, client_id: settings.clientId, post_logout_redirect_uri: new URL('/', c.req.url).href }
    for (const [name, value] of Object.entries(asked)) there.searchParams.set(name, value)
    return there.href
  } catch (error) {
    // Here one is signed out already.
    logger.write('oidc.unreachable', { error, request: c.var.requestId })
    return null
  }
}

/** How to call them. */
function nameOf({ name, preferred_username, email }: Record<string, unknown>): string {
  const said = [name, preferred_username, email].find((one) => typeof one === 'string' && one.trim() !== '')
  return typeof said === 'string' ? said.slice(0, 200) : ''
}
