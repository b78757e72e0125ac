/** Relationship tuples with their writers: SQL of the relations object. Reads are synchronous, so one check sees one state of the tuples. */
import { isLimitedForMembers, type StoredTuples } from '../../shared/relations/limits.ts'
import type { WritableTupleStore } from '../../shared/relations/store.ts'
import type { Tuple, TupleKey } from '../../shared/relations/tuple.ts'

/** Creates the table of tuples and its indexes. */
export function createTupleTable(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE tuple (
      object TEXT NOT NULL, relation TEXT NOT NULL, user TEXT NOT NULL, userset INTEGER NOT NULL, condition TEXT, writer TEXT,
      PRIMARY KEY (object, relation, user)
    ) WITHOUT ROWID;
    CREATE INDEX tuple_by_userset ON tuple (object, relation) WHERE userset = 1;
    CREATE INDEX tuple_by_writer ON tuple (writer) WHERE writer IS NOT NULL;
  `)
}

type Row = { object: string; relation: string; user: string; condition: string | null }

const tupleOf = ({ condition, ...key }: Row): Tuple => ({ ...key, ...(condition ? { condition: JSON.parse(condition) } : {}) })

/** The groups of one user whose sessions are found. */
const maxGroups = 20

export class SqlTupleStore implements WritableTupleStore, StoredTuples {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  find(object: string, relation: string, user: string): Tuple | undefined {
    const rows = this.#select('object = ? AND relation = ? AND user = ?', object, relation, user).toArray()
    return rows[0] && tupleOf(rows[0])
  }

  *tuples(object: string, relation: string): Iterable<Tuple> {
    for (const row of this.#select('object = ? AND relation = ?', object, relation)) yield tupleOf(row)
  }

  *usersets(object: string, relation: string): Iterable<Tuple> {
    for (const row of this.#select('object = ? AND relation = ? AND userset = 1', object, relation)) yield tupleOf(row)
  }

  countOf(object: string, limit: number): number {
    return this.#count('object = ?', object, limit)
  }

  countUsersets(object: string, limit: number): number {
    return this.#count('userset = 1 AND object = ?', object, limit)
  }

  countByWriter(writer: string, limit: number): number {
    return this.#count('writer = ?', writer, limit)
  }

  exists(object: string): boolean {
    return this.#count('object = ?', object, 1) > 0
  }

  apply(writes: readonly Tuple[], deletes: readonly TupleKey[], writer: string | null = null): void {
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage
      for (const { object, relation, user } of deletes)
        sql.exec('DELETE FROM tuple WHERE object = ? AND relation = ? AND user = ?', object, relation, user)
      for (const { object, relation, user, condition } of writes)
        sql.exec(
          'INSERT INTO tuple VALUES (?, ?, ?, ?, ?, ?)',
          ...[object, relation, user, user.includes('#') ? 1 : 0],
          condition ? JSON.stringify(condition) : null,
          isLimitedForMembers(object) ? writer : null,
        )
    })
  }

  /** At most `limit` tuples after `after`, in order: of one object, or of all. */
  page(object: string | null, after: TupleKey | null, limit: number): Tuple[] {
    const start = after ?? { object: '', relation: '', user: '' }
    const where = `(object, relation, user) > (?, ?, ?)${object === null ? '' : ' AND object = ?'}`
    const bindings = [start.object, start.relation, start.user, ...(object === null ? [] : [object])]
    return this.#select(`${where} ORDER BY object, relation, user LIMIT ?`, ...bindings, limit)
      .toArray()
      .map(tupleOf)
  }

  /** At most `limit` sessions that a tuple of `relations` shares with the user, or with the user's groups and tenants. */
  sharedWith(user: string, relations: readonly string[], limit: number): string[] {
    const { sql } = this.#storage
    // Without a schema number, so that an earlier release can still use the tuples.
    sql.exec('CREATE INDEX IF NOT EXISTS tuple_by_user ON tuple (user, object)')
    const objects = (name: string, type: string, limit: number) =>
      sql
        .exec<{ object: string; relation: string }>(
          'SELECT object, relation FROM tuple WHERE user = ? AND object >= ? AND object < ? ORDER BY object LIMIT ?',
          name,
          `${type}:`,
          // The character after the colon.
          `${type};`,
          limit,
        )
        .toArray()
    const groups = ['group', 'tenant'].flatMap((type) => objects(user, type, maxGroups)).map(({ object }) => `${object}#member`)
    const found = new Set<string>()
    for (const name of [user, ...new Set(groups)])
      for (const { object, relation } of objects(name, 'session', limit * relations.length))
        if (relations.includes(relation)) found.add(object)
    return [...found].slice(0, limit)
  }

  #count(where: string, value: string, limit: number): number {
    return this.#storage.sql
      .exec<{ count: number }>(`SELECT count(*) AS count FROM (SELECT 1 FROM tuple WHERE ${where} LIMIT ?)`, value, limit)
      .one().count
  }

  #select(where: string, ...bindings: (string | number)[]) {
    return this.#storage.sql.exec<Row>(`SELECT object, relation, user, condition FROM tuple WHERE ${where}`, ...bindings)
  }
}
