/**
 * Decrypts a tenant's secrets, in the two Workers that have the root keys. A decrypted key lives for one call.
 * Only the imported root keys are cached; they are not extractable.
 */
import type { TenantId } from '../ids.ts'
import { OwnError } from '../log/error.ts'
import { isolateLogger } from '../log.ts'
import type { Failure } from '../problem.ts'
import { fail, ok, type Result } from '../result.ts'
import { readVariable } from '../settings/variables.ts'
import { Keyring, RootKeys, type StoredKey } from './envelope.ts'

/** The part of a tenant object that holds its sealed secrets. */
export interface TenantKeys {
  dataKeys(): Promise<readonly StoredKey[]>
  replaceDataKeys(expected: readonly string[], keys: readonly StoredKey[]): Promise<boolean>
  credential(provider: string): Promise<{ readonly sealed: string; readonly origin: string } | null>
}

/** The bindings of a Worker that may decrypt. */
export interface KeysEnv {
  readonly SOMA_ROOT_KEYS: string
  readonly TENANT: { getByName(tenant: string): TenantKeys }
}

let cached: { readonly text: string; readonly rootKeys: Promise<RootKeys | null> } | undefined

/** The root keys; null: none are configured, or they are invalid. Without them, no secret can be stored or decrypted. */
export function rootKeys(env: Pick<KeysEnv, 'SOMA_ROOT_KEYS'>): Promise<RootKeys | null> {
  const text = readVariable(env, 'SOMA_ROOT_KEYS')
  if (cached?.text !== text) cached = { text, rootKeys: parse(text) }
  return cached.rootKeys
}

async function parse(text: string): Promise<RootKeys | null> {
  const roots = await RootKeys.parse(text)
  if (roots.ok) return roots.value
  // `detail` names the key and its problem, never the key material.
  isolateLogger().write('root_keys.refused', { error: new OwnError(roots.error.detail) })
  return null
}

/** The failure of every operation that needs a root key. */
export const noRootKeys: Failure = { kind: 'unavailable', what: 'The vault has no root key (SOMA_ROOT_KEYS), so it' }

/** The name that a sealed key is bound to, in addition to its tenant: provider and origin. */
export const sealedName = (provider: string, origin: string): string => `llm/${provider}@${origin}`

const textsOf = (keys: readonly StoredKey[]): string[] => keys.map(({ wrapped, state }) => `${state} ${wrapped}`)

/** Updates a tenant's data keys by compare-and-swap, with up to ten attempts. `next` returns null for no change. */
export async function changeDataKeys(
  env: KeysEnv,
  tenant: TenantId,
  next: (keys: readonly StoredKey[]) => Promise<readonly StoredKey[] | null>,
): Promise<readonly StoredKey[]> {
  const object = env.TENANT.getByName(tenant)
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await object.dataKeys()
    const after = await next(before)
    if (after === null) return before
    if (await object.replaceDataKeys(textsOf(before), after)) return after
  }
  throw new Error('the data keys kept changing for ten attempts')
}

/** The keyring of a tenant. Creates the first data key on demand. */
export async function sealingKeys(env: KeysEnv, tenant: TenantId): Promise<Result<Keyring, Failure>> {
  const roots = await rootKeys(env)
  if (!roots) return fail(noRootKeys)
  const keys = await changeDataKeys(env, tenant, async (before) =>
    before.length > 0 ? null : [{ ...(await roots.createDataKey(tenant, newKeyId())), state: 'current' }],
  )
  const ring = await Keyring.open(roots, tenant, keys)
  if (ring.ok) return ring
  return fail({ kind: 'unavailable', what: `The vault cannot open this tenant's keys (${ring.error.kind}), and` })
}

/** The id of a new data key. */
export const newKeyId = (): string => `k${crypto.randomUUID().slice(0, 8)}`

/** Why a key cannot be used, as text for the tenant's admin. */
export type KeyRefusal = string

/**
 * Reads and decrypts the key of `provider` for calls to `origin`. Nothing is cached, so a rotated key applies to the next call.
 * A key decrypts only for the origin that it was sealed for.
 */
export async function openKey(env: KeysEnv, tenant: TenantId, provider: string, origin: string): Promise<Result<string, KeyRefusal>> {
  const object = env.TENANT.getByName(tenant)
  const [roots, stored, keys] = await Promise.all([rootKeys(env), object.credential(provider), object.dataKeys()])
  if (!stored) return fail(`There is no key \`${provider}\`. Set it under Settings, Secrets.`)
  if (!roots) return fail('The server has no root key, so it cannot decrypt any key. The operator must set SOMA_ROOT_KEYS.')
  const ring = await Keyring.open(roots, tenant, keys)
  if (!ring.ok) return fail(`The key \`${provider}\` cannot be decrypted: its root key is missing. Set the key again.`)
  const opened = await ring.value.open(sealedName(provider, origin), stored.sealed)
  if (opened.ok) return ok(opened.value)
  if (stored.origin !== origin)
    return fail(
      `The key \`${provider}\` may only be sent to ${stored.origin}, but this model is at ${origin}. Set the key again for that origin.`,
    )
  return fail(`The key \`${provider}\` cannot be decrypted (${opened.error.kind}). Set it again.`)
}
