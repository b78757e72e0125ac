/**
 * A tenant's secrets, opened. Only this Worker has the root keys, so only here can it be done. An opened key lives as long as the call
 * it is for: nothing here is cached but the imported root keys, which cannot be read back.
 */
import type { TenantId } from '../../../shared/ids.ts'
import { OwnError } from '../../../shared/log/error.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { Keyring, RootKeys, type StoredKey } from '../../../shared/secrets/envelope.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { logger } from '../logger.ts'

type KeysEnv = Pick<ConversationEnv, 'SOMA_ROOT_KEYS' | 'TENANT'>

let imported: { readonly text: string; readonly roots: Promise<RootKeys | null> } | undefined

/** The root keys, or null where there are none that can be used: then no secret is kept, and none is opened. */
export function rootKeys(env: Pick<ConversationEnv, 'SOMA_ROOT_KEYS'>): Promise<RootKeys | null> {
  const text = readVariable(env, 'SOMA_ROOT_KEYS')
  if (imported?.text !== text) imported = { text, roots: parse(text) }
  return imported.roots
}

async function parse(text: string): Promise<RootKeys | null> {
  const roots = await RootKeys.parse(text)
  if (roots.ok) return roots.value
  // Which key and what is wrong with it; never the key.
  logger.write('root_keys.refused', { error: new OwnError(roots.error.detail) })
  return null
}

export const noRootKeys: Failure = { kind: 'unavailable', what: 'The vault has no root key (SOMA_ROOT_KEYS), so it' }

/** What a sealed key is bound to, besides its tenant: its name, and the only place it may be sent to. */
export const sealedName = (provider: string, origin: string): string => `llm/${provider}@${origin}`

const textsOf = (keys: readonly StoredKey[]): string[] => keys.map(({ wrapped, state }) => `${state} ${wrapped}`)

/** Changes a tenant's data keys by `next`, again until nobody else has changed them in between. Null from `next`: leave them. */
export async function changeDataKeys(
  env: KeysEnv,
  tenant: TenantId,
  next: (keys: readonly StoredKey[]) => Promise<readonly StoredKey[] | null>,
): Promise<readonly StoredKey[]> {
  const object = env.TENANT.getByName(tenant)
  for (let tries = 0; tries < 10; tries += 1) {
    const before = await object.dataKeys()
    const after = await next(before)
    if (after === null) return before
    if (await object.replaceDataKeys(textsOf(before), after)) return after
  }
  throw new Error('the data keys change all the time')
}

/** The keyring that seals for a tenant; its first data key is made when it is first needed. */
export async function sealingKeys(env: KeysEnv, tenant: TenantId): Promise<Result<Keyring, Failure>> {
  const roots = await rootKeys(env)
  if (!roots) return fail(noRootKeys)
  const keys = await changeDataKeys(env, tenant, async (before) =>
    before.length > 0 ? null : [{ ...(await roots.makeDataKey(tenant, newKeyId())), state: 'current' }],
  )
  const ring = await Keyring.open(roots, tenant, keys)
  if (ring.ok) return ring
  return fail({ kind: 'unavailable', what: `The vault cannot open this tenant's keys (${ring.error.kind}), and` })
}

export const newKeyId = (): string => `k${crypto.randomUUID().slice(0, 8)}`

/** Why a key cannot be used, in words for whoever runs the tenant. */
export type KeyRefusal = string

/**
 * The key that `provider` is called with at `origin`, read and opened now: what was rotated a moment ago is what is opened. A key is
 * only ever opened for the origin that it was sealed for.
 */
export async function openKey(env: KeysEnv, tenant: TenantId, provider: string, origin: string): Promise<Result<string, KeyRefusal>> {
  const object = env.TENANT.getByName(tenant)
  const [roots, kept, keys] = await Promise.all([rootKeys(env), object.credential(provider), object.dataKeys()])
  if (!kept) return fail(`There is no key \`${provider}\`. Set it under Settings, Secrets.`)
  if (!roots) return fail('The server has no root key, so no key can be opened. Its operator must set SOMA_ROOT_KEYS.')
  const ring = await Keyring.open(roots, tenant, keys)
  if (!ring.ok) return fail(`The key \`${provider}\` cannot be opened: the root key it was kept under is gone. Set it again.`)
  const opened = await ring.value.open(sealedName(provider, origin), kept.sealed)
  if (opened.ok) return ok(opened.value)
  if (kept.origin !== origin)
    return fail(`The key \`${provider}\` may only be sent to ${kept.origin}, and this model is at ${origin}. Set the key again for it.`)
  return fail(`The key \`${provider}\` cannot be opened (${opened.error.kind}). Set it again.`)
}
