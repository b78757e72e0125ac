/** What a tenant has settled: its settings, secrets (sealed), relations and policy. One object per tenant, named by its id; the only writer. */
import { DurableObject } from 'cloudflare:workers'
import type { PolicyStamp } from '../shared/policy/guard.ts'
import type { Question } from '../shared/relations/check.ts'
import type { Changes } from '../shared/relations/relations.ts'
import { type Migrations, migrate, storedSchema } from './schema.ts'
import { makePolicyTable, TenantPolicy } from './tenant-policy.ts'
import { makeRemoteTable, TenantRelations } from './tenant-relations.ts'
import { makeTupleTable } from './tenant-tuples.ts'

const migrations: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (1)')
    makePolicyTable(sql)
    makeTupleTable(sql)
    makeRemoteTable(sql)
  },
]

export class Tenant extends DurableObject<StateEnv> {
  readonly #policy = new TenantPolicy(this.ctx.storage.sql)
  readonly #relations = new TenantRelations(this.ctx.storage, this.env)

  // The policy in force. Null: none was ever handed in, so the one that is built in counts.

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
