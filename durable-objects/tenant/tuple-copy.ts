/**
 * The tuples in the tenant object: a copy for earlier releases, which check here. Triggers count the changes of an earlier release, so that
 * the relations object takes them over. SQL of the tenant object.
 */
import type { Tuple, TupleKey } from '../../shared/relations/tuple.ts'

/** Creates the table of the copy and its indexes. */
export function createTupleTable(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE tuple (
      object TEXT NOT NULL, relation TEXT NOT NULL, user TEXT NOT NULL, userset INTEGER NOT NULL, condition TEXT,
      PRIMARY KEY (object, relation, user)
    ) WITHOUT ROWID;
    CREATE INDEX tuple_by_userset ON tuple (object, relation) WHERE userset = 1;
    CREATE INDEX tuple_by_user ON tuple (user);
  `)
}

/** Without a schema number, so that an earlier release can still use the object. `taken`: the changes that the relations object has. */
const changeTable = `
  CREATE TABLE IF NOT EXISTS tuple_change (changes INTEGER NOT NULL, taken INTEGER NOT NULL);
  INSERT INTO tuple_change SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM tuple_change);
  CREATE TRIGGER IF NOT EXISTS tuple_written AFTER INSERT ON tuple BEGIN UPDATE tuple_change SET changes = changes + 1; END;
  CREATE TRIGGER IF NOT EXISTS tuple_deleted AFTER DELETE ON tuple BEGIN UPDATE tuple_change SET changes = changes + 1; END;
`

type Row = { object: string; relation: string; user: string; condition: string | null }

const tupleOf = ({ condition, ...key }: Row): Tuple => ({ ...key, ...(condition ? { condition: JSON.parse(condition) } : {}) })

export class TupleCopy {
  readonly #storage: DurableObjectStorage
  #hasTable = false

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** The number of changes of the copy so far; null: the relations object has all of them. */
  pendingChanges(): number | null {
    this.#createTable()
    const { changes, taken } = this.#storage.sql.exec<{ changes: number; taken: number }>('SELECT changes, taken FROM tuple_change').one()
    return changes === taken ? null : changes
  }

  /** Records that the relations object has the first `changes` changes. */
  markTaken(changes: number): void {
    this.#storage.sql.exec('UPDATE tuple_change SET taken = ?', changes)
  }

  /** Marks the copy as changed. Call before the relations object changes. Without a later `apply`, that object takes over the copy again. */
  markChanged(): void {
    this.#createTable()
    this.markTaken(-1)
  }

  /** Repeats a change that the relations object has made; null: it made none. */
  apply(changes: { readonly writes: readonly Tuple[]; readonly deletes: readonly TupleKey[] } | null): void {
    const { sql } = this.#storage
    this.#storage.transactionSync(() => {
      for (const { object, relation, user } of changes?.deletes ?? [])
        sql.exec('DELETE FROM tuple WHERE object = ? AND relation = ? AND user = ?', object, relation, user)
      for (const { object, relation, user, condition } of changes?.writes ?? []) {
        const conditionJson = condition ? JSON.stringify(condition) : null
        sql.exec('INSERT OR REPLACE INTO tuple VALUES (?, ?, ?, ?, ?)', object, relation, user, user.includes('#') ? 1 : 0, conditionJson)
      }
      sql.exec('UPDATE tuple_change SET taken = changes')
    })
  }

  /** At most `limit` tuples after `after`, in order. */
  page(after: TupleKey | null, limit: number): Tuple[] {
    const { object, relation, user } = after ?? { object: '', relation: '', user: '' }
    return this.#storage.sql
      .exec<Row>(
        `SELECT object, relation, user, condition FROM tuple WHERE (object, relation, user) > (?, ?, ?)
          ORDER BY object, relation, user LIMIT ?`,
        ...[object, relation, user, limit],
      )
      .toArray()
      .map(tupleOf)
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#storage.sql.exec(changeTable)
    this.#hasTable = true
  }
}
