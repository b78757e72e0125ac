/** What a tenant has settled: its settings, secrets (sealed), relations, policy and constitution. One object per tenant, named by its id; the only writer. */
import { DurableObject } from 'cloudflare:workers'
import type { ConstitutionStamp } from '../../shared/policy/constitution/constitution.ts'
import type { Stamps } from '../../shared/policy/policy-cache.ts'
import type { PolicyStamp } from '../../shared/policy/policy-decision.ts'
import type { Failure } from '../../shared/problem.ts'
import type { Question } from '../../shared/relations/check.ts'
import type { Changes } from '../../shared/relations/relations.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { StoredKey } from '../../shared/secrets/envelope.ts'
import type { SettingsUpdate } from '../../shared/settings/change.ts'
import type { CredentialView, StoredSettings } from '../../shared/settings/settings.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'
import { type ConstitutionInForce, type ConstitutionRecord, makeConstitutionTable, TenantConstitution } from './constitution.ts'
import { makePolicyTable, TenantPolicy } from './policy.ts'
import { makeRemoteTable, TenantRelations } from './relations.ts'
import { type SealedCredential, TenantSecrets } from './secrets.ts'
import { type SettingsEntry, TenantSettings } from './settings.ts'
import { makeTupleTable } from './tuples.ts'

/** Only ever added to. */
const migrations: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (1)')
    makePolicyTable(sql)
    makeTupleTable(sql)
    makeRemoteTable(sql)
  },
  (sql) => {
    sql.exec(TenantSettings.schema)
    sql.exec(TenantSecrets.schema)
  },
  makeConstitutionTable,
]

export class Tenant extends DurableObject<StateEnv> {
  readonly #policy = new TenantPolicy(this.ctx.storage.sql)
  readonly #constitution = new TenantConstitution(this.ctx.storage.sql)
  readonly #relations = new TenantRelations(this.ctx.storage, this.env)
  readonly #settings = new TenantSettings(this.ctx.storage.sql)
  readonly #secrets = new TenantSecrets(this.ctx.storage.sql)

  // The policy and the constitution in force. Null: none was ever handed in, so the policy that is built in counts, and nothing beside it.

  stampsInForce(): Stamps {
    if (!this.#exists()) return { policy: null, constitution: null }
    return { policy: this.#policy.stamp(), constitution: this.#constitution.stamp() }
  }

  policyStamp() {
    return this.#exists() ? this.#policy.stamp() : null
  }

  policyText(): string | null {
    return this.#exists() ? this.#policy.text() : null
  }

  /** False: one as new, or newer, is in force. */
  putPolicy(stamp: PolicyStamp, text: string, subject: string): boolean {
    this.#migrate()
    return this.#policy.put(stamp, text, subject)
  }

  constitutionText(): string | null {
    return this.#exists() ? (this.#constitution.current()?.text ?? null) : null
  }

  /** What is in force, with its document and signature. */
  constitution(): ConstitutionInForce | null {
    return this.#exists() ? this.#constitution.current() : null
  }

  /** The latest first. */
  constitutionHistory(): ConstitutionRecord[] {
    return this.#exists() ? this.#constitution.history() : []
  }

  /** The highest version that was ever loaded; 0: none. */
  newestConstitution(): number {
    return this.#exists() ? this.#constitution.newest() : 0
  }

  /** Null: one as new, or newer, was loaded. */
  putConstitution(stamp: ConstitutionStamp, text: string, signature: string, subject: string): ConstitutionRecord | null {
    this.#migrate()
    return this.#constitution.put(stamp, text, signature, subject)
  }

  /** Puts a version back in force that was before. Null: it is not kept, or is in force. */
  rollBackConstitution(version: number, subject: string): ConstitutionRecord | null {
    return this.#exists() ? this.#constitution.rollBack(version, subject) : null
  }

  // Relations.

  check(question: Question) {
    this.#migrate()
    return this.#relations.check(question)
  }

  relate(changes: Changes) {
    this.#migrate()
    return this.#relations.write(changes)
  }

  tuples(object: string | null, after: string | null) {
    this.#migrate()
    return this.#relations.read(object, after)
  }

  sharedAs(session: string, owner: string, subject: string) {
    this.#migrate()
    return this.#relations.sharedAs(this.ctx.id.name ?? '', session, owner, subject)
  }

  // Settings. Whoever asks with the version it knows is told only what is newer.

  /** Settings as they are, or null if that is still version `known`. A tenant that has settled nothing has version 0 and the defaults. */
  settings(known?: number): StoredSettings | null {
    const version = this.#exists() ? this.#settings.version() : 0
    if (version === known) return null
    return { version, settings: this.#settings.current(version > 0), credentials: version > 0 ? this.#secrets.views() : [] }
  }

  /** Changes settings, unless they are no longer at version `expected`. */
  change(change: SettingsUpdate, subject: string, expected?: number): Result<StoredSettings, Failure> {
    this.#migrate()
    return this.ctx.storage.transactionSync(() => {
      const done = this.#settings.change(change, subject, expected, Date.now())
      return done.ok ? ok(this.#kept()) : done
    })
  }

  /** At most `limit` changes before version `before`, the latest first. */
  settingsHistory(before: number, limit: number): SettingsEntry[] {
    return this.#exists() ? this.#settings.history(before, limit) : []
  }

  // Secrets. Nothing here can open one: what opens them is in the conversation Worker alone.

  dataKeys(): StoredKey[] {
    return this.#exists() ? this.#secrets.keys() : []
  }

  /** Puts `keys` in the place of those there are, if these are still `expected` (their texts). False: read again. */
  replaceDataKeys(expected: readonly string[], keys: readonly StoredKey[]): boolean {
    this.#migrate()
    return this.ctx.storage.transactionSync(() => this.#secrets.replaceKeys(expected, keys))
  }

  /** A credential as it is kept, sealed; null: there is none of that name. */
  credential(provider: string): SealedCredential | null {
    return this.#exists() ? this.#secrets.get(provider) : null
  }

  credentials(): SealedCredential[] {
    return this.#exists() ? this.#secrets.all() : []
  }

  /** Keeps a sealed credential in the place of the one there was. Refused if its data key has gone meanwhile: null, seal again. */
  putCredential(credential: Omit<SealedCredential, 'version' | 'updated_at'>): CredentialView | null {
    this.#migrate()
    return this.ctx.storage.transactionSync(() => {
      const before = this.#secrets.get(credential.provider)
      const version = this.#settings.version() + 1
      if (!this.#secrets.put({ ...credential, version, updated_at: Date.now() })) return null
      const [from, to] = [before?.masked, credential.masked]
      const pointer = `/credentials/${credential.provider}`
      const moved = before && before.origin !== credential.origin
      this.#settings.record(
        [
          { pointer: `${pointer}/secret`, ...(from !== undefined && { before: from }), after: to },
          ...(moved || !before
            ? [{ pointer: `${pointer}/origin`, ...(before && { before: before.origin }), after: credential.origin }]
            : []),
        ],
        credential.updated_by,
        Date.now(),
      )
      return this.#secrets.views().find(({ provider }) => provider === credential.provider) ?? null
    })
  }

  removeCredential(provider: string, subject: string): boolean {
    if (!this.#exists()) return false
    return this.ctx.storage.transactionSync(() => {
      const before = this.#secrets.get(provider)
      if (!before) return false
      this.#secrets.remove(provider)
      this.#settings.record([{ pointer: `/credentials/${provider}/secret`, before: before.masked }], subject, Date.now())
      return true
    })
  }

  /** The same secrets under another data key: each only if it is still what was sealed anew. Answers how many. */
  reseal(sealed: readonly { readonly provider: string; readonly before: string; readonly after: string }[]): number {
    return this.#exists() ? this.ctx.storage.transactionSync(() => this.#secrets.reseal(sealed)) : 0
  }

  #kept(): StoredSettings {
    return { version: this.#settings.version(), settings: this.#settings.current(true), credentials: this.#secrets.views() }
  }

  /** Whether there are tables; if so, they are as this code knows them. */
  #exists(): boolean {
    if (storedSchema(this.ctx.storage.sql) === 0) return false
    this.#migrate()
    return true
  }

  #migrate(): void {
    migrate(this.ctx.storage, storedSchema(this.ctx.storage.sql), migrations)
  }
}
