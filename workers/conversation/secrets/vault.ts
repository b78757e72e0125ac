/**
 * The gateway's access to secrets: it can store and re-encrypt them, but never read them. No method returns a plain key. A key is
 * decrypted for a call to a model (`shared/secrets/tenant-keys.ts`), and to seal it again for another system.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { TenantId } from '../../../shared/ids.ts'
import { mcpSealName } from '../../../shared/mcp/sign-in.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { Failure } from '../../../shared/problem.ts'
import { withResidency } from '../../../shared/residency.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { Keyring, type RootKeys, type StoredKey } from '../../../shared/secrets/envelope.ts'
import { Fernet } from '../../../shared/secrets/fernet.ts'
import { mask } from '../../../shared/secrets/mask.ts'
import { changeDataKeys, newKeyId, noRootKeys, openKey, rootKeys, sealedName, sealingKeys } from '../../../shared/secrets/tenant-keys.ts'
import type { CredentialView } from '../../../shared/settings/settings.ts'
import { readVariable } from '../../../shared/settings/variables.ts'

/** A key to store. `secret`: plain text, or a Fernet token that another system sealed with the shared key. */
export interface NewCredential {
  readonly provider: string
  readonly origin: string
  readonly secret: { readonly plain: string } | { readonly fernet: string }
  readonly subject: string
}

/** The result of a rotation: the current data key, the number of re-encrypted secrets, and the retired data keys. */
export interface Rotation {
  readonly current: string
  readonly resealed: number
  readonly retired: readonly string[]
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })
const noFernetKey = fail<Failure>({ kind: 'unavailable', what: 'Fernet (SA01_CRYPTO_FERNET_KEY is not set, or is not a Fernet key)' })

/** The entrypoint `Vault`. */
export class Vault extends WorkerEntrypoint<ConversationEnv> {
  constructor(ctx: ExecutionContext, env: ConversationEnv) {
    super(ctx, withResidency(env))
  }

  /** Stores or replaces a provider's key. The next call to a model uses it. */
  async put(tenantName: string, { provider, origin, secret, subject }: NewCredential): Promise<Result<CredentialView, Failure>> {
    const tenant = TenantId.parse(tenantName)
    const plain = 'plain' in secret ? ok(secret.plain) : await this.#fromFernet(secret.fernet)
    if (!plain.ok) return plain
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const ring = await sealingKeys(this.env, tenant)
      if (!ring.ok) return ring
      const sealed = await ring.value.seal(sealedName(provider, origin), plain.value)
      const masked = mask(plain.value)
      const stored = await this.env.TENANT.getByName(tenant).putCredential({ provider, sealed, masked, origin, updated_by: subject })
      if (stored) return ok(stored)
    }
    return fail({ kind: 'unavailable', what: 'The vault' })
  }

  /** The key as a Fernet token, for another system with `SA01_CRYPTO_FERNET_KEY`. It stays encrypted. */
  async toFernet(tenantName: string, provider: string): Promise<Result<string, Failure>> {
    const tenant = TenantId.parse(tenantName)
    const stored = await this.env.TENANT.getByName(tenant).credential(provider)
    if (!stored) return fail({ kind: 'not_found' })
    const fernet = await this.#fernet()
    if (!fernet) return noFernetKey
    const opened = await openKey(this.env, tenant, provider, stored.origin)
    if (!opened.ok) return fail({ kind: 'unavailable', what: 'This key' })
    return ok(await fernet.seal(new TextEncoder().encode(opened.value), Date.now()))
  }

  /**
   * Creates a data key, wrapped by the current root key, and re-encrypts every secret. The previous data key is wrapped again.
   * It still decrypts until the next rotation retires it.
   */
  async rotate(tenantName: string): Promise<Result<Rotation, Failure>> {
    const tenant = TenantId.parse(tenantName)
    const roots = await rootKeys(this.env)
    if (!roots) return fail(noRootKeys)
    const resealedBefore = await this.#resealAll(tenant, roots)
    if (resealedBefore === null) return fail({ kind: 'unavailable', what: "The vault cannot open this tenant's keys, and" })
    const current = newKeyId()
    const retired: string[] = []
    const keys = await changeDataKeys(this.env, tenant, async (before) => {
      retired.length = 0
      const older: StoredKey[] = []
      for (const key of before) {
        if (key.state !== 'current') {
          if (key.state === 'old') retired.push(key.id)
          older.push({ ...key, state: 'retired' })
          continue
        }
        const wrapped = await roots.rewrap(tenant, key)
        if (!wrapped.ok) throw new Error(`a data key cannot be decrypted: ${wrapped.error.kind}`)
        older.push({ ...wrapped.value, state: 'old' })
      }
      return [{ ...(await roots.createDataKey(tenant, current)), state: 'current' }, ...older]
    })
    const resealed = await this.#resealAll(tenant, roots, keys)
    if (resealed === null) throw new Error('the new data keys cannot be decrypted')
    return ok({ current, resealed, retired })
  }

  /** Re-encrypts secrets under older data keys. Returns their number; null: the data keys cannot be decrypted. */
  async #resealAll(tenant: TenantId, roots: RootKeys, storedKeys?: readonly StoredKey[]): Promise<number | null> {
    const object = this.env.TENANT.getByName(tenant)
    const keys = storedKeys ?? (await object.dataKeys())
    if (keys.length === 0) return 0
    const ring = await Keyring.open(roots, tenant, keys)
    if (!ring.ok) return null
    const sealed = []
    for (const { provider, origin, sealed: before } of await object.credentials()) {
      if (!ring.value.isStale(before)) continue
      const after = await ring.value.reseal(sealedName(provider, origin), before)
      if (!after.ok) return null
      sealed.push({ provider, before, after: after.value })
    }
    const resealed = sealed.length > 0 ? await object.reseal(sealed) : 0
    return resealed + (await this.#resealMcpGrants(tenant, ring.value))
  }

  /** Those that do not open are left: the server asks for a sign-in. */
  async #resealMcpGrants(tenant: TenantId, ring: Keyring): Promise<number> {
    const object = this.env.TENANT.getByName(tenant)
    // A tenant object of an earlier release has none.
    const grants = (await unlessOlder(() => object.mcpGrants())) ?? []
    let count = 0
    for (const { server, url, sealed } of grants) {
      if (!ring.isStale(sealed)) continue
      const after = await ring.reseal(mcpSealName(server, url), sealed)
      if (after.ok && (await object.resealMcpGrant(server, sealed, after.value))) count += 1
    }
    return count
  }

  async #fernet(): Promise<Fernet | null> {
    const fernet = await Fernet.withKey(readVariable(this.env, 'SA01_CRYPTO_FERNET_KEY'))
    return fernet.ok ? fernet.value : null
  }

  async #fromFernet(token: string): Promise<Result<string, Failure>> {
    const fernet = await this.#fernet()
    if (!fernet) return noFernetKey
    const opened = await fernet.open(token, Date.now())
    if (!opened.ok) return invalid('/fernet', 'is not a Fernet token of the shared key (SA01_CRYPTO_FERNET_KEY)')
    const plain = new TextDecoder().decode(opened.value)
    return plain === '' || !/^[\x21-\x7e]+$/.test(plain) ? invalid('/fernet', 'must hold a key of printable ASCII') : ok(plain)
  }
}
