/** The port to stored tuples. Pure. */
import type { Tuple, TupleKey } from './tuple.ts'

/**
 * Reads are synchronous, so a question sees one state of the store. Check validates every tuple, so a store may keep tuples of older
 * models.
 */
export interface TupleStore {
  /** The tuple with exactly this key. */
  find(object: string, relation: string, user: string): Tuple | undefined
  /** The tuples of `object#relation`, in any order. Read lazily: Check stops at the first answer. */
  tuples(object: string, relation: string): Iterable<Tuple>
  /** Only the tuples of usersets. A relation may have a million users and two usersets. */
  usersets(object: string, relation: string): Iterable<Tuple>
}

/** A writable store. One tuple per key. */
export interface WritableTupleStore extends TupleStore {
  /** Writes all changes, or none. */
  apply(writes: readonly Tuple[], deletes: readonly TupleKey[]): void
}

/** `store` preceded by a question's contextual tuples. */
export function withContextual(store: TupleStore, contextual: readonly Tuple[]): TupleStore {
  if (contextual.length === 0) return store
  const contextualOf = (object: string, relation: string) =>
    contextual.filter((tuple) => tuple.object === object && tuple.relation === relation)
  return {
    find: (object, relation, user) =>
      contextualOf(object, relation).find((tuple) => tuple.user === user) ?? store.find(object, relation, user),
    *tuples(object, relation) {
      yield* contextualOf(object, relation)
      yield* store.tuples(object, relation)
    },
    *usersets(object, relation) {
      for (const tuple of contextualOf(object, relation)) if (tuple.user.includes('#')) yield tuple
      yield* store.usersets(object, relation)
    },
  }
}

/** The tuples of one `object#relation`, by user. */
interface Users {
  readonly all: Map<string, Tuple>
  readonly usersets: Map<string, Tuple>
}

/** Tuples in a Map: for tests, and for small sets that are loaded whole. */
export class InMemoryTupleStore implements WritableTupleStore {
  readonly #relations = new Map<string, Users>()

  constructor(tuples: Iterable<Tuple> = []) {
    for (const tuple of tuples) this.#put(tuple)
  }

  find(object: string, relation: string, user: string): Tuple | undefined {
    return this.#relations.get(`${object}#${relation}`)?.all.get(user)
  }

  tuples(object: string, relation: string): Iterable<Tuple> {
    return this.#relations.get(`${object}#${relation}`)?.all.values() ?? []
  }

  usersets(object: string, relation: string): Iterable<Tuple> {
    return this.#relations.get(`${object}#${relation}`)?.usersets.values() ?? []
  }

  apply(writes: readonly Tuple[], deletes: readonly TupleKey[]): void {
    for (const { object, relation, user } of deletes) {
      const users = this.#relations.get(`${object}#${relation}`)
      users?.all.delete(user)
      users?.usersets.delete(user)
      if (users?.all.size === 0) this.#relations.delete(`${object}#${relation}`)
    }
    for (const tuple of writes) this.#put(tuple)
  }

  #put(tuple: Tuple): void {
    const key = `${tuple.object}#${tuple.relation}`
    const users = this.#relations.get(key) ?? { all: new Map(), usersets: new Map() }
    this.#relations.set(key, users)
    users.all.set(tuple.user, tuple)
    if (tuple.user.includes('#')) users.usersets.set(tuple.user, tuple)
  }
}
