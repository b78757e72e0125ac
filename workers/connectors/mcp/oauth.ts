/**
 * Signing in at an MCP server: OAuth 2.1 with discovery (RFC 9728, RFC 8414), dynamic registration, PKCE and `resource`. The client of the
 * protocol's authors does it. It checks that metadata, code and tokens are of one issuer. Nothing is stored here.
 */
import {
  auth,
  computeScopeUnion,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  OAuthError,
  OAuthErrorCode,
  refreshAuthorization,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client'
import { judgeOutward, type OutwardNetwork } from '../../../shared/net/outward-fetch.ts'
import type { Challenge } from './client.ts'
import { AddressRefused, guardedFetch, networkOfNamed } from './guarded-fetch.ts'

/** What is known of a sign-in. It holds secrets. */
export interface SignInData {
  readonly client?: StoredOAuthClientInformation | undefined
  readonly tokens?: StoredOAuthTokens | undefined
  /** When the access token ends, Unix ms. Undefined: the server does not say. */
  readonly expiresAt?: number | undefined
  readonly discovery?: OAuthDiscoveryState | undefined
  /** The PKCE verifier of a started sign-in. */
  readonly verifier?: string | undefined
}

/** The server, and the address that its authorization server sends the browser back to. */
export interface SignInAt {
  readonly url: string
  readonly network: OutwardNetwork
  readonly redirect: string
}

/** A started sign-in: where the browser goes, and what its end needs. */
export interface StartedSignIn {
  readonly authorize: URL
  readonly data: SignInData
}

/** Discovers and registers, unless `data` has a registration at the same issuer. Earlier scopes are asked for again. */
export async function startSignIn(
  at: SignInAt,
  { client, tokens }: SignInData,
  { scope, resourceMetadataUrl }: Challenge,
  state: string,
  signal: AbortSignal,
): Promise<StartedSignIn> {
  const provider = new Provider(at.redirect, { client }, state)
  const wanted = computeScopeUnion(tokens?.scope, scope)
  const fetchFn = fetchOf(at, signal)
  await auth(provider, {
    serverUrl: at.url,
    fetchFn,
    ...(wanted && { scope: wanted }),
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
  })
  const { authorize, data } = provider
  if (!authorize) throw new Error('the sign-in has no address')
  // A browser follows it: a server must not name a script, or a port of its user's machine.
  const judged = await judgeOutward(authorize.href, networkOfNamed(new URL(at.url), at.network, authorize))
  if (!judged.ok) throw new AddressRefused(judged.error)
  return { authorize, data }
}

/** Redeems the code. `iss`: as the callback has it (RFC 9207). */
export async function finishSignIn(
  at: SignInAt,
  data: SignInData,
  { code, iss, now }: { readonly code: string; readonly iss?: string | undefined; readonly now: number },
  signal: AbortSignal,
): Promise<SignInData> {
  const provider = new Provider(at.redirect, data)
  await auth(provider, { serverUrl: at.url, authorizationCode: code, fetchFn: fetchOf(at, signal), ...(iss !== undefined && { iss }) })
  const { client, tokens, discovery } = provider.data
  if (!tokens) throw new Error('the sign-in gave no token')
  return { client, discovery, tokens, expiresAt: endOf(tokens, now) }
}

/** Another access token. Null: the refresh token is dead, or there is none. Throws if the server cannot be asked. */
export async function refreshTokens(
  at: Omit<SignInAt, 'redirect'>,
  data: SignInData,
  now: number,
  signal: AbortSignal,
): Promise<SignInData | null> {
  const { client, tokens, discovery } = data
  if (!client || !discovery || !tokens?.refresh_token) return null
  const { authorizationServerUrl, authorizationServerMetadata: metadata, resourceMetadata } = discovery
  try {
    const fresh = await refreshAuthorization(authorizationServerUrl, {
      ...(metadata && { metadata }),
      clientInformation: client,
      refreshToken: tokens.refresh_token,
      ...(resourceMetadata && { resource: resourceMetadata.resource }),
      fetchFn: fetchOf(at, signal),
    })
    const next: StoredOAuthTokens = { ...fresh, ...(tokens.issuer && { issuer: tokens.issuer }), scope: fresh.scope ?? tokens.scope }
    return { client, discovery, tokens: next, expiresAt: endOf(next, now) }
  } catch (error) {
    if (error instanceof OAuthError && deadCodes.has(error.code)) return null
    throw error
  }
}

const deadCodes: ReadonlySet<string> = new Set([
  OAuthErrorCode.InvalidGrant,
  OAuthErrorCode.InvalidClient,
  OAuthErrorCode.UnauthorizedClient,
  OAuthErrorCode.InvalidScope,
])

const endOf = ({ expires_in: seconds }: StoredOAuthTokens, now: number): number | undefined =>
  seconds === undefined ? undefined : now + seconds * 1_000

/** Each address that the server names is judged by itself. */
function fetchOf({ url, network }: Omit<SignInAt, 'redirect'>, signal: AbortSignal) {
  return (input: string | URL, init?: RequestInit): Promise<Response> =>
    guardedFetch(networkOfNamed(new URL(url), network, new URL(input)), signal, () => {})(input, init)
}

/** The state of one sign-in, as the library reads and writes it. */
class Provider implements OAuthClientProvider {
  readonly redirectUrl: string
  data: SignInData
  authorize: URL | undefined
  readonly #state: string | undefined

  constructor(redirect: string, data: SignInData, state?: string) {
    this.redirectUrl = redirect
    this.data = data
    this.#state = state
  }

  get clientMetadata() {
    return {
      client_name: 'Soma Edge',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web' as const,
    }
  }

  state = (): string => this.#state ?? ''
  clientInformation = () => this.data.client
  saveClientInformation = (client: StoredOAuthClientInformation) => this.#set({ client })
  tokens = () => this.data.tokens
  saveTokens = (tokens: StoredOAuthTokens) => this.#set({ tokens })
  saveCodeVerifier = (verifier: string) => this.#set({ verifier })
  codeVerifier = (): string => this.data.verifier ?? ''
  discoveryState = () => this.data.discovery
  saveDiscoveryState = (discovery: OAuthDiscoveryState) => this.#set({ discovery })
  redirectToAuthorization = (url: URL) => {
    this.authorize = url
  }

  #set(change: SignInData): void {
    this.data = { ...this.data, ...change }
  }
}
