/**
 * A tenant's relations, answered by the tenant's relations object or by a configured OpenFGA server. At the server the tenant has its own
 * store, created with the platform's model on first use.
 */
import { RelationTuple } from '../../shared/api/relations.ts'
import type { Question } from '../../shared/relations/check.ts'
import type { RelationsFailure } from '../../shared/relations/failure.ts'
import { isLimitedForMembers, limitProblem, maxTuplesOf, type StoredTuples } from '../../shared/relations/limits.ts'
import { idOf, nameOf } from '../../shared/relations/name.ts'
import { createStore, type OpenFgaOptions, openFga, readTuples, writeModel } from '../../shared/relations/openfga.ts'
import { platformModel } from '../../shared/relations/platform-model.ts'
import { type Changes, isAllowed } from '../../shared/relations/relations.ts'
import { sharedObjects } from '../../shared/relations/shared-objects.ts'
import { splitUserset, type TupleKey } from '../../shared/relations/tuple.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { adoptPageTuples } from '../relations/relationships.ts'
import { TupleCopy } from './tuple-copy.ts'

/** Creates the table of the tenant's store at each OpenFGA server, with the model of the store. */
export function createOpenFgaTable(sql: SqlStorage): void {
  sql.exec('CREATE TABLE openfga (url TEXT PRIMARY KEY, store TEXT NOT NULL, model TEXT, dsl TEXT)')
}

/** The levels of sharing a session, as the policy names them, and the permission of the model for each. */
const sharingLevels = [
  ['viewer', 'can_read'],
  ['member', 'can_send'],
  ['admin', 'can_share'],
] as const

/** A level at which a session is shared. */
export type SharedAs = (typeof sharingLevels)[number][0]

/** A page of tuples. */
export interface TuplePage {
  readonly tuples: TupleKey[]
  /** The start of the next page. Null: this is the last page. */
  readonly next: string | null
}

const pageTuples = 100

/** The position that a client's `after` names; undefined: it is not a `next` of a page. */
function parsePosition(after: string): TupleKey | undefined {
  try {
    return RelationTuple.parse(JSON.parse(after))
  } catch {
    return undefined
  }
}

/** Timeout of the readiness check of a server. Milliseconds. */
const serverReadyMs = 800

/** The bindings and variables of a tenant's relations. */
type RelationsEnv = Pick<StateEnv, 'OPENFGA_URL' | 'OPENFGA_TOKEN' | 'RELATIONS'>

export class TenantRelations {
  readonly #storage: DurableObjectStorage
  readonly #tenant: string
  readonly #env: RelationsEnv
  readonly #copy: TupleCopy
  /** The last change or takeover. They run one after another. */
  #lastChange: Promise<unknown> = Promise.resolve()

  constructor({ storage, id }: DurableObjectState, env: RelationsEnv) {
    this.#storage = storage
    this.#tenant = id.name ?? ''
    this.#env = env
    this.#copy = new TupleCopy(storage)
  }

  async check(question: Question): Promise<Result<boolean, RelationsFailure>> {
    if (!this.#isRemote()) return (await this.#currentRelationships()).check(question)
    const server = await this.#server()
    return server.ok ? openFga(server.value).check(question) : server
  }

  /** `writer`: the subject with the limit that counts; null: unknown. */
  async write({ writes = [], deletes = [] }: Changes, writer: string | null): Promise<Result<null, RelationsFailure>> {
    if (this.#isRemote()) return this.#writeRemotely({ writes, deletes })
    await this.#currentRelationships()
    return this.#serialize(async () => {
      this.#copy.markChanged()
      const written = await this.#relationships().relate({ writes, deletes }, writer)
      this.#copy.apply(written.ok ? { writes, deletes } : null)
      return written
    })
  }

  /** A page of tuples: of one object, or of all. */
  async read(object: string | null, after: string | null): Promise<Result<TuplePage, RelationsFailure>> {
    if (this.#isRemote()) {
      const server = await this.#server()
      return server.ok ? readTuples(server.value, object, after, pageTuples) : server
    }
    const start = after === null ? null : parsePosition(after)
    if (start === undefined) return fail({ code: 'invalid_continuation_token', detail: '`after` must be the `next` of a page' })
    const relationships = await this.#currentRelationships()
    const tuples = await relationships.page(object, start, pageTuples)
    const last = tuples.length === pageTuples ? tuples.at(-1) : undefined
    return ok({ tuples, next: last ? JSON.stringify(last) : null })
  }

  /** At most `limit` ids of sessions that tuples share with `subject`. A caller checks each: a tuple may be blocked. */
  async sharedWith(subject: string, limit: number): Promise<string[]> {
    const user = nameOf('user', subject)
    if (!user) return []
    const relations = sharingLevels.map(([name]) => name)
    const objects = this.#isRemote()
      ? await this.#sharedRemotely(user, limit)
      : await (await this.#currentRelationships()).sharedWith(user, relations, limit)
    return objects.flatMap((object) => idOf('session', object) ?? [])
  }

  async #sharedRemotely(user: string, limit: number): Promise<string[]> {
    const server = await this.#server()
    if (!server.ok) return []
    return sharedObjects((filter) => readTuples(server.value, filter, null, pageTuples), user, limit)
  }

  /** The levels at which `session` of `owner` is shared with `subject`. A failed check denies access. */
  async sharedAs(session: string, owner: string, subject: string): Promise<SharedAs[]> {
    const [object, user, ownerName, tenantName] = [
      nameOf('session', session),
      nameOf('user', subject),
      nameOf('user', owner),
      nameOf('tenant', this.#tenant),
    ]
    if (!object || !user || !ownerName || !tenantName) return []
    const contextualTuples = [
      { object, relation: 'owner', user: ownerName },
      { object, relation: 'tenant', user: tenantName },
    ]
    const relations = sharingLevels.map(([, relation]) => relation)
    const answers = await this.#checkAll({ object, relation: 'can_read', user, contextualTuples }, relations)
    return sharingLevels.flatMap(([name], index) => (answers[index] === true ? [name] : []))
  }

  async #checkAll(question: Question, relations: readonly string[]): Promise<readonly boolean[]> {
    if (!this.#isRemote()) return (await this.#currentRelationships()).checkAll(question, relations)
    const answers = await Promise.all(relations.map((relation) => this.check({ ...question, relation })))
    return answers.map(isAllowed)
  }

  /** Whether the OpenFGA server responds; null: none is configured. */
  async isServerReady(): Promise<boolean | null> {
    const url = readVariable(this.#env, 'OPENFGA_URL')
    if (url === '') return null
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/healthz`, { redirect: 'manual', signal: AbortSignal.timeout(serverReadyMs) })
      await response.body?.cancel()
      return response.status === 200
    } catch {
      return false
    }
  }

  async #writeRemotely(changes: Required<Changes>): Promise<Result<null, RelationsFailure>> {
    const server = await this.#server()
    if (!server.ok) return server
    const stored = await remoteTuples(server.value, changes)
    if (!stored.ok) return stored
    const problem = limitProblem(stored.value, this.#tenant, changes, null)
    return problem ? fail(problem) : openFga(server.value).write(changes)
  }

  #isRemote(): boolean {
    return readVariable(this.#env, 'OPENFGA_URL') !== ''
  }

  #relationships() {
    return this.#env.RELATIONS.getByName(this.#tenant)
  }

  /** The relations object, after it has taken over what an earlier release wrote here. */
  async #currentRelationships() {
    if (this.#copy.pendingChanges() !== null) await this.#serialize(() => this.#takeOver())
    return this.#relationships()
  }

  async #takeOver(): Promise<void> {
    const relationships = this.#relationships()
    for (let changes = this.#copy.pendingChanges(); changes !== null; changes = this.#copy.pendingChanges()) {
      let after: TupleKey | null = null
      for (let isLast = false; !isLast; ) {
        const page = this.#copy.page(after, adoptPageTuples)
        isLast = page.length < adoptPageTuples
        await relationships.adopt(page, after, isLast)
        after = page.at(-1) ?? after
      }
      this.#copy.markTaken(changes)
    }
  }

  #serialize<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(run)
    this.#lastChange = result.catch(() => {})
    return result
  }

  /** The tenant's store at the server. Creates it and writes the model, if necessary. */
  async #server() {
    const server = { url: readVariable(this.#env, 'OPENFGA_URL'), token: readVariable(this.#env, 'OPENFGA_TOKEN') }
    const { sql } = this.#storage
    const storedModel = () =>
      sql
        .exec<{ store: string; model: string | null; dsl: string | null }>(
          'SELECT store, model, dsl FROM openfga WHERE url = ?',
          server.url,
        )
        .toArray()[0]
    const json = platformModel.json
    const dsl = JSON.stringify(json)
    if (!storedModel()) {
      const created = await createStore(server, 'soma')
      if (!created.ok) return created
      // Concurrent first requests create two stores. The first recorded store wins.
      sql.exec('INSERT OR IGNORE INTO openfga (url, store) VALUES (?, ?)', server.url, created.value)
    }
    const { store = '', model = null, dsl: storedDsl = null } = storedModel() ?? {}
    if (model !== null && storedDsl === dsl) return ok({ ...server, storeId: store, modelId: model })
    const writtenModel = await writeModel(server, store, json)
    if (!writtenModel.ok) return writtenModel
    sql.exec('UPDATE openfga SET model = ?, dsl = ? WHERE url = ?', writtenModel.value, dsl, server.url)
    return ok({ ...server, storeId: store, modelId: writtenModel.value })
  }
}

/** What the limits need of the tuples at the server. It does not know who wrote them. */
async function remoteTuples(server: OpenFgaOptions, { writes }: Required<Changes>): Promise<Result<StoredTuples, RelationsFailure>> {
  const groups = writes.map(({ user }) => splitUserset(user)).flatMap(([object, relation]) => (relation === '' ? [] : [object]))
  const objects = [...new Set([...writes.map(({ object }) => object).filter(isLimitedForMembers), ...groups])]
  const found = new Map<string, readonly TupleKey[]>()
  for (const object of objects) {
    const tuples: TupleKey[] = []
    let after: string | null = null
    do {
      const page = await readTuples(server, object, after, pageTuples)
      if (!page.ok) return page
      tuples.push(...page.value.tuples)
      after = page.value.next
    } while (after !== null && isLimitedForMembers(object) && tuples.length <= maxTuplesOf.session)
    found.set(object, tuples)
  }
  const tuplesOf = (object: string) => found.get(object) ?? []
  return ok({
    countOf: (object) => tuplesOf(object).length,
    countUsersets: (object) => tuplesOf(object).filter(({ user }) => user.includes('#')).length,
    countByWriter: () => 0,
    exists: (object) => tuplesOf(object).length > 0,
  })
}
