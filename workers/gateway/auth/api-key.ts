/** API keys to principals. */
import { parseCredential } from '../../../shared/identity/credential.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { isAdmin, lesser } from '../../../shared/identity/role.ts'
import { adminScope, keysScope } from '../../../shared/identity/scope.ts'
import { Subject } from '../../../shared/ids.ts'
import type { GatewayContext } from '../http/context.ts'
import { accountsOf, currentRole } from './credential-status.ts'
import type { Verified } from './tokens.ts'

/** How long a stream may be open on a key that does not end: an hour, as on anything else. */
const streamMs = 3_600_000
/** A key is asked for again after this, so that its last use is known about so well. */
const knownMs = 300_000
const maxKnown = 1_000

/** Keys that were good lately, by their text. What has been revoked since is found out with `roleNow`. */
const known = new Map<string, { readonly who: Verified; readonly until: number; readonly expiresAt: number | null }>()

export const isApiKey = (text: string): boolean => text.startsWith('soma_')

/** Whether it was good lately: looking at it again asks nobody. */
export const isKnownKey = (text: string): boolean => (known.get(text)?.until ?? 0) > Date.now()

/** The principal that API key `text` stands for, or null. */
export async function keyPrincipal(c: GatewayContext, text: string): Promise<Principal | null> {
  const now = Date.now()
  const kept = known.get(text)
  const good = kept && kept.until > now ? kept : await ask(c, text, now)
  if (!good || (good.expiresAt !== null && good.expiresAt <= now)) return null
  const role = await currentRole(c, good.who)
  if (!role) return null
  // What only an administrator can have given it goes when its owner is none any more.
  const scopes = good.who.scopes.filter((scope) => scope === keysScope || isAdmin(role))
  const roles = [scopes.includes(adminScope) ? role : lesser(role, 'member')]
  return { ...good.who, scopes, expiresAt: good.expiresAt ?? now + streamMs, roles, via: 'api_key', needsMfa: false }
}

async function ask(c: GatewayContext, text: string, now: number) {
  known.delete(text)
  const credential = await parseCredential('soma', text)
  const used = credential && (await accountsOf(c.env, credential.tenant).useKey({ id: credential.id, hash: credential.hash }))
  if (!used) return null
  const { subject, scopes, expiresAt, id } = used.key
  // Somebody who was signed in as the tenant demands has made it; a program has nothing else to show.
  const shown = { amr: [], signedIn: false }
  const who: Verified = {
    tenant: credential.tenant,
    subject: Subject.parse(subject),
    scopes: [...scopes],
    ...shown,
    ids: { key: id },
    expiresAt: 0,
  }
  const good = { who, until: now + knownMs, expiresAt }
  if (known.size >= maxKnown) known.clear()
  known.set(text, good)
  return good
}
