/**
 * Who stands how to what in a tenant, answered from the tuples in its object; or by an OpenFGA server, where one is named. There, the
 * tenant has a store of its own with the platform's model, made on first use.
 */

import type { Question } from '../../shared/relations/check.ts'
import type { RelationsFailure } from '../../shared/relations/failure.ts'
import { nameOf } from '../../shared/relations/name.ts'
import { createStore, openFga, readTuples, writeModel } from '../../shared/relations/openfga.ts'
import { platformModel } from '../../shared/relations/platform-model.ts'
import { type Changes, isAllowed, localRelations, type Relations } from '../../shared/relations/relations.ts'
import type { TupleKey } from '../../shared/relations/tuple.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { SqlTupleStore } from './tuples.ts'

export function makeRemoteTable(sql: SqlStorage): void {
  // The store that was made for this tenant at that address, and the model it was given.
  sql.exec('CREATE TABLE openfga (url TEXT PRIMARY KEY, store TEXT NOT NULL, model TEXT, dsl TEXT)')
}

/** What somebody may do with a session of another, as the policy hears it, and the permission of the model that says so. */
const sharing = [
  ['viewer', 'can_read'],
  ['member', 'can_send'],
  ['admin', 'can_share'],
] as const
export type SharedAs = (typeof sharing)[number][0]

export interface TuplePage {
  readonly tuples: TupleKey[]
  /** Where the next page begins; null: this is the last. */
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

  /** Tuples of one object, or of all, a page at a time. */
  async read(object: string | null, after: string | null): Promise<Result<TuplePage, RelationsFailure>> {
    if (this.#env.OPENFGA_URL) {
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

  /** As what `tenant`'s `session`, which is `owner`'s, is shared with `subject`. Whatever is unclear is not shared. */
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
    if (!this.#env.OPENFGA_URL) return ok(localRelations(platformModel, this.#store))
    const server = await this.#server()
    return server.ok ? ok(openFga(server.value)) : server
  }

  /** The tenant's store at the server; made, and given the model, where that has not been done. */
  async #server() {
    const server = { url: this.#env.OPENFGA_URL, token: this.#env.OPENFGA_TOKEN }
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
      const made = await createStore(server, 'soma')
      if (!made.ok) return made
      // Two first questions at once make two stores; the first to be written down counts.
      sql.exec('INSERT OR IGNORE INTO openfga (url, store) VALUES (?, ?)', server.url, made.value)
    }
    const { store = '', model = null, dsl: given = null } = known() ?? {}
    if (model !== null && given === dsl) return ok({ ...server, storeId: store, modelId: model })
    const written = await writeModel(server, store, json)
    if (!written.ok) return written
    sql.exec('UPDATE openfga SET model = ?, dsl = ? WHERE url = ?', written.value, dsl, server.url)
    return ok({ ...server, storeId: store, modelId: written.value })
  }
}

const unclear: RelationsFailure = { code: 'unavailable', detail: 'no answer' }
