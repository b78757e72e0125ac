/** Verifies API keys. */
import type { Principal } from '../../../shared/identity/principal.ts'
import { isAdmin, weakerRole } from '../../../shared/identity/role.ts'
import { adminScope, keysScope } from '../../../shared/identity/scope.ts'
import { Subject } from '../../../shared/ids.ts'
import type { GatewayContext } from '../http/context.ts'
import { accountsOf, currentRole } from './credential-status.ts'
import { issuedCredential } from './issued-credential.ts'
import type { Verified } from './tokens.ts'

/** Maximum duration of a stream that uses a key without expiry. Milliseconds. */
const streamMs = 3_600_000
/** How long a verified key stays cached. It also bounds the error of the key's last use. Milliseconds. */
const cacheMs = 300_000
const maxCached = 1_000

/** Recently verified keys, by their text. `currentRole` detects later revocations. */
const verifiedKeys = new Map<string, { readonly identity: Verified; readonly until: number; readonly expiresAt: number | null }>()

/** Whether `text` has the form of an API key. */
export const isApiKey = (text: string): boolean => text.startsWith('soma_')

/** Whether the key was verified recently. */
export const isKnownKey = (text: string): boolean => (verifiedKeys.get(text)?.until ?? 0) > Date.now()

/** The principal of the API key `text`; null: the key is not valid. */
export async function keyPrincipal(c: GatewayContext, text: string): Promise<Principal | null> {
  const now = Date.now()
  const entry = verifiedKeys.get(text)
  const verified = entry && entry.until > now ? entry : await verifyKey(c, text, now)
  if (!verified || (verified.expiresAt !== null && verified.expiresAt <= now)) return null
  const role = await currentRole(c, verified.identity)
  if (!role) return null
  // Scopes that only an admin can grant end with the owner's admin role.
  const scopes = verified.identity.scopes.filter((scope) => scope === keysScope || isAdmin(role))
  const roles = [scopes.includes(adminScope) ? role : weakerRole(role, 'member')]
  return { ...verified.identity, scopes, expiresAt: verified.expiresAt ?? now + streamMs, roles, via: 'api_key', needsMfa: false }
}

async function verifyKey(c: GatewayContext, text: string, now: number) {
  verifiedKeys.delete(text)
  const credential = await issuedCredential(c, 'soma', text)
  const key = credential && (await accountsOf(c.env, credential.tenant).useKey({ id: credential.id, hash: credential.hash }))
  if (!key) return null
  const { subject, scopes, expiresAt, id } = key.key
  // A key needs no second factor: a sign-in that met the tenant's rules created it.
  const factors = { amr: [], signedIn: false }
  const identity: Verified = {
    tenant: credential.tenant,
    subject: Subject.parse(subject),
    scopes: [...scopes],
    ...factors,
    ids: { key: id },
    expiresAt: 0,
  }
  const entry = { identity, until: now + cacheMs, expiresAt }
  if (verifiedKeys.size >= maxCached) verifiedKeys.clear()
  verifiedKeys.set(text, entry)
  return entry
}
