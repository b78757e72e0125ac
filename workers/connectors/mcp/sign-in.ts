/** Signs a workspace in at an MCP server: the start gives an address for the browser, the end redeems the code that it brought back. */
import type { TenantId } from '../../../shared/ids.ts'
import { toBase64Url } from '../../../shared/lib/base64.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import type { StoredMcpServer } from '../../../shared/mcp/server.ts'
import type { FinishMcpSignIn, McpSignInEnd, StartMcpSignIn } from '../../../shared/mcp/sign-in.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { networkOfHost, settingsOf } from '../network.ts'
import { type Challenge, SignInNeeded, withServer } from './client.ts'
import { openSignIn, sealSignIn, signInStoreOf } from './grants.ts'
import { AddressRefused } from './guarded-fetch.ts'
import { finishSignIn, startSignIn } from './oauth.ts'

/** Longest request to a server and its authorization server. Milliseconds. */
const requestMs = 20_000
/** How long a user may take at the authorization server. Milliseconds. */
const attemptMs = 600_000

/** Starts a sign-in. A refusal is a text for the admin. */
export async function startServerSignIn(
  env: ConnectorsEnv,
  tenant: TenantId,
  { server }: StoredMcpServer,
  { server: id, holder, redirect, client }: StartMcpSignIn,
): Promise<Result<{ readonly url: string; readonly expires_at: number }, string>> {
  const { url } = server
  const address = URL.parse(url)
  if (!address) return fail('Its address is no address.')
  const network = networkOfHost(env, await settingsOf(env, tenant), address)
  const store = signInStoreOf(env, tenant)
  const grant = await store.mcpGrant(id)
  const before = (grant?.url === url && (await openSignIn(env, tenant, grant))) || {}
  const registered = client ? { client_id: client.id, ...(client.secret !== null && { client_secret: client.secret }) } : before.client
  const signal = AbortSignal.timeout(requestMs)
  const state = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
  try {
    const challenge = await challengeOf({ url, headers: {}, network, access: null }, signal)
    const known = { tokens: before.tokens, ...(registered && { client: registered }) }
    const { authorize, data } = await startSignIn({ url, network, redirect }, known, challenge, state, signal)
    const sealed = await sealSignIn(env, tenant, { server: id, url }, data)
    if (!sealed.ok) return sealed
    const expires_at = Date.now() + attemptMs
    await store.beginMcpSignIn({ state: textHash(state), server: id, url, holder, sealed: sealed.value, expires_at })
    return ok({ url: authorize.href, expires_at })
  } catch (error) {
    if (error instanceof AddressRefused) return fail(`The server names an address for the sign-in that is refused. ${error.message}`)
    return fail(
      'The server offers no sign-in that can be used: its OAuth metadata is absent or wrong, or it registers no client. A client that is registered already can be named.',
    )
  }
}

/** What the server says to a stranger. */
async function challengeOf(endpoint: Parameters<typeof withServer>[0], signal: AbortSignal): Promise<Challenge> {
  try {
    await withServer(endpoint, signal, (client) => client.listTools({}, { signal }))
    return {}
  } catch (error) {
    if (error instanceof SignInNeeded) return error.challenge
    throw error
  }
}

/** Ends a sign-in, once, for whom it was started. */
export async function finishServerSignIn(
  env: ConnectorsEnv,
  tenant: TenantId,
  { holder, redirect, state, code, iss }: FinishMcpSignIn,
): Promise<McpSignInEnd> {
  const store = signInStoreOf(env, tenant)
  const started = await store.takeMcpSignIn(textHash(state))
  if (!started || started.holder !== holder) return { server: null, outcome: 'expired' }
  const { server, url } = started
  if (code === null) return { server, outcome: 'cancelled' }
  const data = await openSignIn(env, tenant, started)
  const address = URL.parse(url)
  if (!data || !address) return { server, outcome: 'failed' }
  const network = networkOfHost(env, await settingsOf(env, tenant), address)
  try {
    const callback = { code, iss: iss ?? undefined, now: Date.now() }
    const signedIn = await finishSignIn({ url, network, redirect }, data, callback, AbortSignal.timeout(requestMs))
    const sealed = await sealSignIn(env, tenant, started, signedIn)
    const stored = sealed.ok && (await store.putMcpGrant({ server, url, sealed: sealed.value }, null))
    return { server, outcome: stored ? 'signed_in' : 'failed' }
  } catch {
    return { server, outcome: 'failed' }
  }
}
