/**
 * A tenant's relations, answered from the tuples in its object or by a configured OpenFGA server. At the server the tenant has
 * its own store, created with the platform's model on first use.
 */

import type { Question } from '../../shared/relations/check.ts'
import type { RelationsFailure } from '../../shared/relations/failure.ts'
import { nameOf } from '../../shared/relations/name.ts'
import { createStore, openFga, readTuples, writeModel } from '../../shared/relations/openfga.ts'
import { platformModel } from '../../shared/relations/platform-model.ts'
import { type Changes, isAllowed, localRelations, type Relations } from '../../shared/relations/relations.ts'
import type { TupleKey } from '../../shared/relations/tuple.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { SqlTupleStore } from './tuples.ts'

export function makeRemoteTable(sql: SqlStorage): void {
  // The tenant's store at each server, and the model that the store has.
  sql.exec('CREATE TABLE openfga (url TEXT PRIMARY KEY, store TEXT NOT NULL, model TEXT, dsl TEXT)')
}

/** The levels of sharing a session, as the policy names them, and the permission of the model for each. */
const sharing = [
  ['viewer', 'can_read'],
  ['member', 'can_send'],
  ['admin', 'can_share'],
] as const
export type SharedAs = (typeof sharing)[number][0]

export interface TuplePage {
  readonly tuples: TupleKey[]
  /** The start of the next page. Null: this is the last page. */
  readonly next: string | null
}

const pageTuples = 100

export class TenantRelations {
  readonly #storage: DurableObjectStorage
  readonly #env: Pick<StateEnv, 'OPENFGA_URL' | 'OPENFGA_TOKEN'>
  readonly #store: SqlTupleStore

  constructor(storage: DurableObjectStorage, env: Pick<StateEnv, 'OPENFGA_URL' | 'OPENFGA_TOKEN'>) {
    this.#storage = storage
    this.#env = env
    this.#store = new SqlTupleStore(storage)
  }

  async check(question: Question): Promise<Result<boolean, RelationsFailure>> {
    const relations = await this.#relations()
    return relations.ok ? relations.value.check(question) : relations
  }

  async write(changes: Changes): Promise<Result<null, RelationsFailure>> {
    const relations = await this.#relations()
    return relations.ok ? relations.value.write(changes) : relations
  }

  /** A page of tuples: of one object, or of all. */
  async read(object: string | null, after: string | null): Promise<Result<TuplePage, RelationsFailure>> {
    if (readVariable(this.#env, 'OPENFGA_URL') !== '') {
      const server = await this.#server()
      return server.ok ? readTuples(server.value, object, after, pageTuples) : server
    }
    const tuples = this.#store.page(object, after === null ? null : (JSON.parse(after) as TupleKey), pageTuples)
    const last = tuples.length === pageTuples ? tuples.at(-1) : undefined
    return ok({
      tuples: tuples.map(({ object, relation, user }) => ({ object, relation, user })),
      next: last ? JSON.stringify({ object: last.object, relation: last.relation, user: last.user }) : null,
    })
  }

  /** The levels at which `owner`'s `session` is shared with `subject`. A failed check denies access. */
  async sharedAs(tenant: string, session: string, owner: string, subject: string): Promise<SharedAs[]> {
    const [object, user, of, belongs] = [
      nameOf('session', session),
      nameOf('user', subject),
      nameOf('user', owner),
      nameOf('tenant', tenant),
    ]
    if (!object || !user || !of || !belongs) return []
    const contextualTuples = [
      { object, relation: 'owner', user: of },
      { object, relation: 'tenant', user: belongs },
    ]
    const answers = await Promise.all(sharing.map(([, relation]) => this.check({ object, relation, user, contextualTuples })))
    return sharing.flatMap(([name], at) => (isAllowed(answers[at] ?? fail(unclear)) ? [name] : []))
  }

  async #relations(): Promise<Result<Relations, RelationsFailure>> {
    if (readVariable(this.#env, 'OPENFGA_URL') === '') return ok(localRelations(platformModel, this.#store))
    const server = await this.#server()
    return server.ok ? ok(openFga(server.value)) : server
  }

  /** The tenant's store at the server. Creates it and writes the model, if necessary. */
  async #server() {
    const server = { url: readVariable(this.#env, 'OPENFGA_URL'), token: readVariable(this.#env, 'OPENFGA_TOKEN') }
    const { sql } = this.#storage
    const known = () =>
      sql
        .exec<{ store: string; model: string | null; dsl: string | null }>(
          'SELECT store, model, dsl FROM openfga WHERE url = ?',
          server.url,
        )
        .toArray()[0]
    const json = platformModel.json
    const dsl = JSON.stringify(json)
    if (!known()) {
      const created = await createStore(server, 'soma')
      if (!created.ok) return created
      // Concurrent first requests create two stores. The first recorded store wins.
      sql.exec('INSERT OR IGNORE INTO openfga (url, store) VALUES (?, ?)', server.url, created.value)
    }
    const { store = '', model = null, dsl: storedDsl = null } = known() ?? {}
    if (model !== null && storedDsl === dsl) return ok({ ...server, storeId: store, modelId: model })
    const writtenModel = await writeModel(server, store, json)
    if (!writtenModel.ok) return writtenModel
    sql.exec('UPDATE openfga SET model = ?, dsl = ? WHERE url = ?', writtenModel.value, dsl, server.url)
    return ok({ ...server, storeId: store, modelId: writtenModel.value })
  }
}

const unclear: RelationsFailure = { code: 'unavailable', detail: 'no answer' }
