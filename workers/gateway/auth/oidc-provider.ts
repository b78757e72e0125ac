/** The identity provider: its metadata, its keys, and the exchange of a code for an ID token. */
import * as oauth from 'oauth4webapi'
import { JwksCache } from '../../../shared/identity/jwks-cache.ts'
import { readText } from '../../../shared/lib/read-text.ts'
import { OwnError } from '../../../shared/log/error.ts'
import type { OidcSettings } from './oidc-settings.ts'
import { fetchJson, issuerKeyTimes } from './trusted-issuers.ts'

/** How long the provider's metadata stays cached. */
const discoveryMs = 600_000
const requestMs = 8_000
/** Largest response of the token endpoint, in bytes. */
const maxTokenBytes = 262_144

interface Provider {
  readonly issuer: string
  readonly server: oauth.AuthorizationServer
  readonly keys: JwksCache
  readonly fetchedAt: number
}

let provider: Provider | undefined

/** The provider's metadata and keys. */
export async function discover({ issuer, allowsHttp }: OidcSettings): Promise<Provider> {
  if (provider?.issuer === issuer.href && Date.now() - provider.fetchedAt < discoveryMs) return provider
  const response = await oauth.discoveryRequest(issuer, {
    algorithm: 'oidc',
    [oauth.allowInsecureRequests]: allowsHttp,
    signal: AbortSignal.timeout(requestMs),
  })
  const server = await oauth.processDiscoveryResponse(issuer, response)
  const { jwks_uri } = server
  if (!jwks_uri) throw new OwnError('the identity provider names no keys')
  const cachedKeys = provider?.server.jwks_uri === jwks_uri ? provider.keys : undefined
  const keys = cachedKeys ?? new JwksCache(() => fetchJson(jwks_uri), { party: 'The identity provider', ...issuerKeyTimes })
  provider = { issuer: issuer.href, server, keys, fetchedAt: Date.now() }
  return provider
}

/** How the client authenticates: as the setting says, else as discovery offers. Basic is the protocol's default. */
function clientAuth({ clientSecret, clientAuth: chosen }: OidcSettings, server: oauth.AuthorizationServer): oauth.ClientAuth {
  if (clientSecret === null) return oauth.None()
  const offered = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const method = chosen || ['client_secret_basic', 'client_secret_post'].find((name) => offered.includes(name))
  if (method === 'client_secret_post') return oauth.ClientSecretPost(clientSecret)
  if (method === 'client_secret_basic') return oauth.ClientSecretBasic(clientSecret)
  throw new OwnError('the identity provider offers neither client_secret_basic nor client_secret_post')
}

/** The verified ID token of a sign-in, with its claims. */
export interface VerifiedIdToken {
  readonly claims: Record<string, unknown>
  readonly idToken: string
  readonly issuer: string
}

interface Exchange {
  readonly callback: URL
  readonly redirectUri: string
  readonly state: string
  readonly verifier: string
  readonly nonce: string
  readonly keepAlive: (work: Promise<unknown>) => void
}

/** Exchanges the code in the `callback` address for the ID token and its claims. Throws if any check fails. */
export async function redeem(settings: OidcSettings, exchange: Exchange): Promise<VerifiedIdToken> {
  const { server, keys } = await discover(settings)
  const client: oauth.Client = { client_id: settings.clientId }
  const parameters = oauth.validateAuthResponse(server, client, exchange.callback, exchange.state)
  const options = { [oauth.allowInsecureRequests]: settings.allowsHttp, signal: AbortSignal.timeout(requestMs) }
  const { redirectUri, verifier } = exchange
  const auth = clientAuth(settings, server)
  const response = await oauth.authorizationCodeGrantRequest(server, client, auth, parameters, redirectUri, verifier, options)
  const { tokenResponse, idToken } = await withoutIdToken(response)
  // The library checks everything but the ID token: it refuses a list of audiences without `azp`, which errata 2 allows.
  await oauth.processAuthorizationCodeResponse(server, client, tokenResponse)
  const rules = { issuer: server.issuer, audience: settings.clientId, requiredClaims: ['exp', 'iat', 'sub'] }
  const verified = await keys.verify(idToken, rules, Date.now(), exchange.keepAlive)
  if (!verified.ok) throw new OwnError(`the ID token is refused: ${verified.error.fault ?? verified.error.kind}`)
  const { claims } = verified.value
  if (claims.nonce !== exchange.nonce) throw new OwnError('the ID token is refused: nonce')
  // OpenID Connect Core §3.1.3.7 (errata 2).
  if (claims.azp !== undefined && claims.azp !== settings.clientId) throw new OwnError('the ID token is refused: azp')
  return { claims, idToken, issuer: server.issuer }
}

/** The response of the token endpoint without null members, which some providers send for absent ones. Its ID token is separate. */
async function withoutIdToken(response: Response): Promise<{ tokenResponse: Response; idToken: string }> {
  const { status, headers } = response
  const text = await readText(response, maxTokenBytes)
  if (text === null) throw new OwnError(`the token endpoint sent more than ${maxTokenBytes} bytes`)
  const parsed = parseObject(text)
  if (status !== 200 || !parsed) return { tokenResponse: new Response(text, { status, headers }), idToken: '' }
  const { id_token: idToken, ...rest } = parsed
  if (typeof idToken !== 'string') throw new OwnError('the token endpoint sent no ID token')
  const present = Object.entries(rest).filter(([, value]) => value !== null)
  return {
    tokenResponse: Response.json(Object.fromEntries(present), { headers: { 'content-type': headers.get('content-type') ?? '' } }),
    idToken,
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
