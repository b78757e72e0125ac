/** The tokens of a workspace for an MCP server: sealed in its tenant object, and refreshed by one caller at a time. */
import type { TenantId } from '../../../shared/ids.ts'
import { tryParseJson } from '../../../shared/lib/parse-json.ts'
import { sleep } from '../../../shared/lib/timeout.ts'
import { type McpSignInStore, mcpSealName, type StoredMcpGrant } from '../../../shared/mcp/sign-in.ts'
import type { OutwardNetwork } from '../../../shared/net/outward-fetch.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { sealingKeys } from '../../../shared/secrets/tenant-keys.ts'
import type { Access } from './client.ts'
import { refreshTokens, type SignInData } from './oauth.ts'

/** How long one refresh may take, and how long others wait for its end. Milliseconds. */
const refreshMs = 10_000
const claimMs = refreshMs + 5_000
const pollMs = 200
/** A token that ends sooner is refreshed before it is used. Milliseconds. */
const leewayMs = 30_000

/** Where sign-ins are stored. */
export const signInStoreOf = (env: ConnectorsEnv, tenant: TenantId) => env.TENANT.getByName(tenant) as unknown as McpSignInStore

export async function sealSignIn(
  env: ConnectorsEnv,
  tenant: TenantId,
  { server, url }: Pick<StoredMcpGrant, 'server' | 'url'>,
  data: SignInData,
): Promise<Result<string, string>> {
  const ring = await sealingKeys(env, tenant)
  if (!ring.ok) return fail('The vault cannot seal the sign-in: the operator must set SOMA_ROOT_KEYS.')
  return ok(await ring.value.seal(mcpSealName(server, url), JSON.stringify(data)))
}

/** Null: its data key has gone, or it is of another server. */
export async function openSignIn(
  env: ConnectorsEnv,
  tenant: TenantId,
  { server, url, sealed }: Pick<StoredMcpGrant, 'server' | 'url' | 'sealed'>,
): Promise<SignInData | null> {
  const ring = await sealingKeys(env, tenant)
  if (!ring.ok) return null
  const opened = await ring.value.open(mcpSealName(server, url), sealed)
  return opened.ok ? ((tryParseJson(opened.value) as SignInData | undefined) ?? null) : null
}

/** The access of the workspace to the server at `url`. Null: nobody has signed in. */
export async function accessTo(
  env: ConnectorsEnv,
  tenant: TenantId,
  { server, url, network }: { readonly server: string; readonly url: string; readonly network: OutwardNetwork },
): Promise<Access | null> {
  const store = signInStoreOf(env, tenant)
  const load = async () => {
    // A tenant object of an earlier release has none.
    const grant = await unlessOlder(() => store.mcpGrant(server))
    return grant?.url === url ? { grant, data: await openSignIn(env, tenant, grant) } : null
  }
  let held = await load()
  if (!held) return null

  async function renew(): Promise<boolean> {
    const deadline = AbortSignal.timeout(claimMs)
    while (held?.data?.tokens) {
      const { grant, data } = held
      const claim = await store.claimMcpRefresh(server, grant.version, claimMs)
      if (claim === 'claimed') return refresh(grant, data)
      if (claim === 'changed') {
        held = await load()
        return held?.data?.tokens !== undefined
      }
      if (deadline.aborted) return false
      await sleep(pollMs, deadline)
    }
    return false
  }

  async function refresh(grant: StoredMcpGrant, data: SignInData): Promise<boolean> {
    try {
      const next = await refreshTokens({ url, network }, data, Date.now(), AbortSignal.timeout(refreshMs))
      // The registration outlives dead tokens: the next sign-in uses it.
      const kept: SignInData = next ?? { client: data.client }
      const sealed = await sealSignIn(env, tenant, grant, kept)
      if (!sealed.ok) throw new Error(sealed.error)
      await store.putMcpGrant({ server, url, sealed: sealed.value }, grant.version)
      held = await load()
      return held?.data?.tokens !== undefined
    } catch (error) {
      await store.releaseMcpRefresh(server, grant.version)
      throw error
    }
  }

  return {
    async token() {
      const { expiresAt, tokens } = held?.data ?? {}
      if (tokens && expiresAt !== undefined && expiresAt - leewayMs < Date.now() && tokens.refresh_token) await renew()
      return held?.data?.tokens?.access_token
    },
    renew,
  }
}
