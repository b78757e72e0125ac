/**
 * A tenant's relationship tuples, and checks over them. One object per tenant, named by its id. A check computes in this object only, so
 * the tenant's settings, policy and keys never wait for it. Only the tenant object calls it.
 */
import { checkRelations, type Question } from '../../shared/relations/check.ts'
import type { RelationsFailure } from '../../shared/relations/failure.ts'
import { limitProblem, platformChecks } from '../../shared/relations/limits.ts'
import { platformModel } from '../../shared/relations/platform-model.ts'
import { type Changes, changesProblem, localRelations } from '../../shared/relations/relations.ts'
import type { Tuple, TupleKey } from '../../shared/relations/tuple.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Migrations } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'
import { createTupleTable, SqlTupleStore } from './sql-tuple-store.ts'

const migrations: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (1)')
    createTupleTable(sql)
  },
]

/** Bytes of storage from which no tuple is added. Cloudflare's limit is 10 GB. */
const maxBytes = 8_000_000_000

export class Relationships extends SqlObject {
  static readonly backup = 'The tenant object has a copy of every tuple, from which this object is filled again.'

  readonly #store = new SqlTupleStore(this.ctx.storage)

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /** At most `limit` sessions that a tuple of `relations` shares with the user, or with the user's groups and tenants. */
  sharedWith(user: string, relations: readonly string[], limit: number): string[] {
    if (!this.tables.exist()) return []
    return this.#store.sharedWith(user, relations, limit)
  }

  check(question: Question): Promise<Result<boolean, RelationsFailure>> {
    this.tables.migrate()
    return localRelations(platformModel, this.#store, platformChecks).check(question)
  }

  /** Which of `relations` the user of `question` has to its object, in order. One search answers all; its limit counts for all. */
  checkAll(question: Question, relations: readonly string[]): boolean[] {
    this.tables.migrate()
    return checkRelations(platformModel, this.#store, question, relations, platformChecks).map((outcome) => outcome === 'yes')
  }

  /** `writer`: the subject with the limit that counts; null: unknown. */
  relate(changes: Changes, writer: string | null): Result<null, RelationsFailure> {
    this.tables.migrate()
    const problem =
      changesProblem(platformModel, this.#store, changes) ??
      limitProblem(this.#store, this.ctx.id.name ?? '', changes, writer) ??
      ((changes.writes?.length ?? 0) > 0 && this.ctx.storage.sql.databaseSize > maxBytes ? storageFull : null)
    if (problem) return fail(problem)
    this.#store.apply(changes.writes ?? [], changes.deletes ?? [], writer)
    return ok(null)
  }

  /** At most `limit` tuples after `after`, in order: of one object, or of all. */
  page(object: string | null, after: TupleKey | null, limit: number): TupleKey[] {
    this.tables.migrate()
    return this.#store.page(object, after, limit).map(({ object, relation, user }) => ({ object, relation, user }))
  }

  /**
   * Makes the tuples after `after`, up to the last of `tuples`, equal to `tuples`; with `isLast`, all after `after`. Tuples that stay keep
   * their writers.
   */
  adopt(tuples: readonly Tuple[], after: TupleKey | null, isLast: boolean): void {
    this.tables.migrate()
    const end = isLast ? undefined : tuples.at(-1)
    const keyOf = ({ object, relation, user, condition }: Tuple) => JSON.stringify([object, relation, user, condition ?? null])
    const missing = new Map(tuples.map((tuple) => [keyOf(tuple), tuple]))
    const removed: Tuple[] = []
    this.ctx.storage.transactionSync(() => {
      for (let from = after; ; ) {
        const page = this.#store.page(null, from, adoptPageTuples)
        const inRange = page.filter((tuple) => !end || isUpTo(tuple, end))
        for (const tuple of inRange) if (!missing.delete(keyOf(tuple))) removed.push(tuple)
        if (inRange.length < adoptPageTuples) break
        from = inRange.at(-1) ?? null
      }
      this.#store.apply([...missing.values()], removed)
    })
  }
}

/** Tuples of one page of `adopt`. */
export const adoptPageTuples = 500

const utf8 = new TextEncoder()

/** Whether `tuple` is at most `end` in SQLite's order: by the bytes of UTF-8. */
function isUpTo(tuple: TupleKey, end: TupleKey): boolean {
  for (const field of ['object', 'relation', 'user'] as const) {
    const [a, b] = [utf8.encode(tuple[field]), utf8.encode(end[field])]
    for (let index = 0; index < Math.max(a.length, b.length); index++) if (a[index] !== b[index]) return (a[index] ?? -1) < (b[index] ?? -1)
  }
  return true
}

const storageFull: RelationsFailure = { code: 'too_many_tuples', detail: 'the storage of relations is full' }
