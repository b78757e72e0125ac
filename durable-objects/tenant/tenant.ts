/**
 * A tenant's configuration: settings, sealed secrets, personas, tools, policy and constitution. One object per tenant, named by its id; the only
 * writer. It passes questions about relations to the relations object.
 */

import type { McpServerChange } from '../../shared/mcp/ports.ts'
import type { McpListing, StoredMcpServer } from '../../shared/mcp/server.ts'
import type { RefreshClaim, StoredMcpGrant, StoredMcpSignIn } from '../../shared/mcp/sign-in.ts'
import { mayUse, type Persona, type PersonaEntry, type StoredPersona } from '../../shared/persona/persona.ts'
import type { ConstitutionStamp } from '../../shared/policy/constitution/constitution.ts'
import type { PolicyStamp } from '../../shared/policy/decision-result.ts'
import type { Stamps } from '../../shared/policy/policy-cache.ts'
import type { Failure } from '../../shared/problem.ts'
import type { Question } from '../../shared/relations/check.ts'
import type { Changes } from '../../shared/relations/relations.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { StoredKey } from '../../shared/secrets/envelope.ts'
import type { CredentialView, StoredSettings } from '../../shared/settings/settings.ts'
import type { SettingsUpdate } from '../../shared/settings/settings-update.ts'
import type { TurnQuestion, TurnSources } from '../../shared/settings/turn-sources.ts'
import { type BreakerState, ToolBreakers } from '../../shared/tool/breaker.ts'
import type { Catalog, CatalogEntry, StoredEntry } from '../../shared/tool/catalog.ts'
import { emptyCatalog } from '../../shared/tool/catalog-cache.ts'
import type { ToolSources, ToolVersions } from '../../shared/tool/catalog-ports.ts'
import { SqlObject } from '../sql-object.ts'
import { tenantBackup } from './backup.ts'
import { type ConstitutionRecord, type StoredConstitution, TenantConstitution } from './constitution.ts'
import { TenantMcpServers } from './mcp-servers.ts'
import { TenantMcpSignIns } from './mcp-sign-ins.ts'
import { TenantPersonas } from './personas.ts'
import { TenantPolicy } from './policy.ts'
import { TenantRelations } from './relations.ts'
import { credentialDiff, type SealedCredential, TenantSecrets } from './secrets.ts'
import { type SettingsEntry, TenantSettings } from './settings.ts'
import { tenantMigrations } from './tables.ts'
import { TenantTools } from './tools.ts'

export class Tenant extends SqlObject {
  static readonly backup = tenantBackup

  readonly #policy = new TenantPolicy(this.ctx.storage.sql)
  readonly #constitution = new TenantConstitution(this.ctx.storage.sql)
  readonly #relations = new TenantRelations(this.ctx, this.env)
  readonly #settings = new TenantSettings(this.ctx.storage.sql)
  readonly #secrets = new TenantSecrets(this.ctx.storage.sql)
  readonly #personas = new TenantPersonas(this.ctx.storage.sql)
  readonly #breakers = new ToolBreakers()
  readonly #tools = new TenantTools(this.ctx.storage.sql)
  readonly #mcpServers = new TenantMcpServers(this.ctx.storage.sql)
  readonly #mcpSignIns = new TenantMcpSignIns(this.ctx.storage.sql)

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, tenantMigrations)
  }

  // The active policy and constitution. Null: none was uploaded, so only the built-in policy applies.

  stampsInForce(): Stamps {
    if (!this.tables.exist()) return { policy: null, constitution: null }
    return { policy: this.#policy.stamp(), constitution: this.#constitution.stamp() }
  }

  policyStamp() {
    return this.tables.exist() ? this.#policy.stamp() : null
  }

  policyText(): string | null {
    return this.tables.exist() ? this.#policy.text() : null
  }

  /** Activates a policy. False: the active one is as new or newer. */
  putPolicy(stamp: PolicyStamp, text: string, subject: string): boolean {
    this.tables.migrate()
    return this.#policy.put(stamp, text, subject)
  }

  constitutionText(): string | null {
    return this.tables.exist() ? (this.#constitution.current()?.text ?? null) : null
  }

  /** The active constitution, with its document and signature. */
  constitution(): StoredConstitution | null {
    return this.tables.exist() ? this.#constitution.current() : null
  }

  /** The newest record first. */
  constitutionHistory(): ConstitutionRecord[] {
    return this.tables.exist() ? this.#constitution.history() : []
  }

  /** The highest version that was ever loaded. 0: none. */
  newestConstitution(): number {
    return this.tables.exist() ? this.#constitution.newestVersion() : 0
  }

  /** Activates a constitution. Null: one as new or newer was loaded. */
  putConstitution(stamp: ConstitutionStamp, text: string, signature: string, subject: string): ConstitutionRecord | null {
    this.tables.migrate()
    return this.#constitution.put(stamp, text, signature, subject)
  }

  /** Activates an earlier version again. Null: it is not kept, or is active. */
  rollBackConstitution(version: number, subject: string): ConstitutionRecord | null {
    return this.tables.exist() ? this.#constitution.rollBack(version, subject) : null
  }

  // Relations.

  check(question: Question) {
    this.tables.migrate()
    return this.#relations.check(question)
  }

  /** `writer`: the subject with the limit that counts. An earlier gateway does not send it. */
  relate(changes: Changes, writer: string | null = null) {
    this.tables.migrate()
    return this.#relations.write(changes, writer)
  }

  tuples(object: string | null, after: string | null) {
    this.tables.migrate()
    return this.#relations.read(object, after)
  }

  /** Whether the OpenFGA server responds; null: none is configured. */
  openFgaIsReady(): Promise<boolean | null> {
    return this.#relations.isServerReady()
  }

  sharedWith(subject: string, limit: number): Promise<string[]> {
    this.tables.migrate()
    return this.#relations.sharedWith(subject, limit)
  }

  sharedAs(session: string, owner: string, subject: string) {
    this.tables.migrate()
    return this.#relations.sharedAs(session, owner, subject)
  }

  // Settings. A caller that sends its known version gets only a newer one.

  /** The current settings. Null: `known` is still the current version. A tenant without changes has version 0 and the defaults. */
  settings(known?: number): StoredSettings | null {
    const version = this.tables.exist() ? this.#settings.version() : 0
    if (version === known) return null
    return { version, settings: this.#settings.current(version > 0), credentials: version > 0 ? this.#secrets.views() : [] }
  }

  /** Changes settings. Fails with `version_conflict` if their version is not `expected`. */
  change(change: SettingsUpdate, subject: string, expected?: number): Result<StoredSettings, Failure> {
    return this.tables.write(() => {
      const changed = this.#settings.change(change, subject, expected, Date.now())
      return changed.ok ? ok(this.#stored()) : changed
    })
  }

  /** What a turn reads of its tenant. */
  turnSources({ settings, persona }: TurnQuestion): TurnSources {
    const stored = persona === undefined ? null : this.persona(persona)
    return { settings: this.settings(settings), persona: stored, tools: this.#toolVersions() }
  }

  /** At most `limit` changes before version `before`, newest first. */
  settingsHistory(before: number, limit: number): SettingsEntry[] {
    return this.tables.exist() ? this.#settings.history(before, limit) : []
  }

  // Personas.

  /** Every persona, by id, without its texts and tools. */
  personas(): PersonaEntry[] {
    return this.tables.exist() ? this.#personas.all() : []
  }

  /** The persona of this id. Null: there is none. */
  persona(id: string): StoredPersona | null {
    return this.tables.exist() ? this.#personas.get(id) : null
  }

  /** Whether each of `subjects` may choose the persona. A name with a budget of its own counts, also without a persona. */
  mayChoosePersona(id: string, subjects: readonly string[]): boolean {
    if (!this.tables.exist()) return false
    const stored = this.#personas.get(id)
    if (stored) return subjects.every((subject) => mayUse(stored, subject))
    return Object.hasOwn(this.#settings.current(true).budgets.personas, id)
  }

  /** Stores a new persona. Its model profile must exist. */
  createPersona(id: string, persona: Persona, subject: string): Result<StoredPersona, Failure> {
    return this.tables.write(() => this.#modelProblem(persona) ?? this.#personas.create(id, persona, subject, Date.now()))
  }

  /** Replaces a persona. Fails with `version_conflict` if its version is not `expected`. */
  replacePersona(id: string, persona: Persona, subject: string, expected: number): Result<StoredPersona, Failure> {
    return this.tables.write(() => this.#modelProblem(persona) ?? this.#personas.replace(id, persona, subject, expected, Date.now()))
  }

  /** False: there was none. */
  removePersona(id: string): boolean {
    return this.tables.exist() && this.#personas.remove(id)
  }

  // MCP servers, and the tools that they listed.

  mcpServers(): StoredMcpServer[] {
    return this.tables.exist() ? this.#mcpServers.all() : []
  }

  /** Stores what an admin set. `expected`: the version that it is based on; 0: the server is new. */
  putMcpServer(id: string, change: McpServerChange, subject: string, expected: number): Result<StoredMcpServer, Failure> {
    return this.tables.write(() => {
      const stored = this.#mcpServers.put(id, change, subject, expected, Date.now())
      if (stored.ok) this.#mcpSignIns.forget(id, change.url)
      return stored
    })
  }

  /** Accepts the tools as listed, if their list is still `listing`. */
  acceptMcpTools(id: string, listing: string, subject: string): Result<StoredMcpServer, Failure> {
    return this.tables.write(() => this.#mcpServers.accept(id, listing, subject, Date.now()))
  }

  /** Records what the server at `url` said. Null: the server was removed, or has another address now. */
  recordMcpListing(id: string, url: string, listing: McpListing): StoredMcpServer | null {
    return this.tables.exist() ? this.#mcpServers.record(id, url, listing, Date.now()) : null
  }

  /** False: there was none. */
  removeMcpServer(id: string): boolean {
    if (!this.tables.exist() || !this.#mcpServers.remove(id)) return false
    this.#mcpSignIns.forget(id, null)
    return true
  }

  // Sign-ins at MCP servers. Ciphertext only.

  mcpGrant(server: string): StoredMcpGrant | null {
    return this.tables.exist() ? this.#mcpSignIns.grant(server) : null
  }

  mcpGrants(): StoredMcpGrant[] {
    return this.tables.exist() ? this.#mcpSignIns.grants() : []
  }

  /** Claims the refresh of the tokens of this version for `ms`. */
  claimMcpRefresh(server: string, version: number, ms: number): RefreshClaim {
    return this.tables.exist() ? this.#mcpSignIns.claim(server, version, Date.now(), Date.now() + ms) : 'changed'
  }

  releaseMcpRefresh(server: string, version: number): void {
    if (this.tables.exist()) this.#mcpSignIns.release(server, version)
  }

  /** False: the tokens of another version are there, or the server has gone. */
  putMcpGrant(grant: Omit<StoredMcpGrant, 'version'>, expected: number | null): boolean {
    if (!this.tables.exist() || this.#mcpServers.get(grant.server)?.server.url !== grant.url) return false
    return this.#mcpSignIns.put(grant, expected)
  }

  resealMcpGrant(server: string, before: string, after: string): boolean {
    return this.tables.exist() && this.#mcpSignIns.reseal(server, before, after)
  }

  beginMcpSignIn(signIn: StoredMcpSignIn): void {
    this.tables.write(() => this.#mcpSignIns.begin(signIn, Date.now()))
  }

  takeMcpSignIn(state: string): StoredMcpSignIn | null {
    return this.tables.exist() ? this.#mcpSignIns.take(state, Date.now()) : null
  }

  #modelProblem({ model }: Persona): Result<never, Failure> | null {
    if (model === null || Object.hasOwn(this.#settings.current(true).models, model)) return null
    return fail({ kind: 'invalid', errors: [{ pointer: '/model', detail: 'must be the name of a model profile' }] })
  }

  // The tool catalog.

  /** The changes of tools. Null: `known` is still the current version. A tenant without changes has version 0. */
  toolCatalog(known?: number): Catalog | null {
    const exists = this.tables.exist()
    if ((exists ? this.#tools.version() : 0) === known) return null
    return exists ? this.#tools.catalog() : { version: 0, entries: [] }
  }

  /** What the tools of the workspace depend on. */
  toolSources(): ToolSources {
    return { versions: this.#toolVersions(), catalog: this.toolCatalog() ?? emptyCatalog, servers: this.mcpServers() }
  }

  #toolVersions(): ToolVersions {
    return { catalog: this.tables.exist() ? this.#tools.version() : 0, servers: this.#mcpServers.version }
  }

  /** Changes a tool. Fails with `version_conflict` if the version of its entry is not `expected`. */
  changeTool(name: string, entry: CatalogEntry, subject: string, expected?: number): Result<StoredEntry, Failure> {
    return this.tables.write(() => this.#tools.put(name, entry, subject, expected, Date.now()))
  }

  // The breakers of tools. They live in memory.

  toolBreaker(name: string): BreakerState {
    return this.#breakers.of(name, Date.now())
  }

  /** Every tool that has failed since its last success. */
  toolBreakers(): Record<string, BreakerState> {
    return this.#breakers.all(Date.now())
  }

  reportTool(name: string, failed: boolean): void {
    this.#breakers.report(name, failed, Date.now())
  }

  // Secrets. This Worker cannot open them: only the conversation Worker has the root keys.

  dataKeys(): StoredKey[] {
    return this.tables.exist() ? this.#secrets.keys() : []
  }

  /** Replaces the data keys, if the stored ones are still `expected`. False: they have changed, so read them again. */
  replaceDataKeys(expected: readonly string[], keys: readonly StoredKey[]): boolean {
    return this.tables.write(() => this.#secrets.replaceKeys(expected, keys))
  }

  /** A sealed credential. Null: there is none with this name. */
  credential(provider: string): SealedCredential | null {
    return this.tables.exist() ? this.#secrets.get(provider) : null
  }

  credentials(): SealedCredential[] {
    return this.tables.exist() ? this.#secrets.all() : []
  }

  /** Stores a sealed credential, and replaces the previous one. Null: its data key was retired meanwhile, so seal it again. */
  putCredential(credential: Omit<SealedCredential, 'version' | 'updated_at'>): CredentialView | null {
    return this.tables.write(() => {
      const before = this.#secrets.get(credential.provider)
      const version = this.#settings.version() + 1
      if (!this.#secrets.put({ ...credential, version, updated_at: Date.now() })) return null
      this.#settings.record(credentialDiff(before, credential), credential.updated_by, Date.now())
      return this.#secrets.views().find(({ provider }) => provider === credential.provider) ?? null
    })
  }

  removeCredential(provider: string, subject: string): boolean {
    if (!this.tables.exist()) return false
    return this.ctx.storage.transactionSync(() => {
      const before = this.#secrets.get(provider)
      if (!before) return false
      this.#secrets.remove(provider)
      this.#settings.record([{ pointer: `/credentials/${provider}/secret`, before: before.masked }], subject, Date.now())
      return true
    })
  }

  /** Replaces ciphertexts by ones under another data key, each only if it is unchanged. Returns the number of replacements. */
  reseal(sealed: readonly { readonly provider: string; readonly before: string; readonly after: string }[]): number {
    return this.tables.exist() ? this.ctx.storage.transactionSync(() => this.#secrets.reseal(sealed)) : 0
  }

  #stored(): StoredSettings {
    return { version: this.#settings.version(), settings: this.#settings.current(true), credentials: this.#secrets.views() }
  }
}
