/** Where tuples are kept: the port that Check reads. */
import type { Tuple, TupleKey } from './tuple.ts'

/**
 * Reads are synchronous, so that a question is answered from one state of the store, with no `await` between. What comes back is
 * judged by the model again, so a store may keep tuples of older models.
 */
export interface TupleStore {
  /** The tuple that says exactly this. */
  find(object: string, relation: string, user: string): Tuple | undefined
  /** The tuples of `object#relation`, in any order. Read lazily: Check stops as soon as it knows. */
  tuples(object: string, relation: string): Iterable<Tuple>
  /** Those of them whose user is a userset. Apart, because a relation may have a million users and two usersets. */
  usersets(object: string, relation: string): Iterable<Tuple>
}

/** A store that is written too. There is one tuple for a key. */
export interface WritableTupleStore extends TupleStore {
  /** All of it, or nothing. */
  apply(writes: readonly Tuple[], deletes: readonly TupleKey[]): void
}

/** `store` and, before it, the tuples that came with a question. */
export function withContextual(store: TupleStore, contextual: readonly Tuple[]): TupleStore {
  if (contextual.length === 0) return store
  const own = (object: string, relation: string) => contextual.filter((tuple) => tuple.object === object && tuple.relation === relation)
  return {
    find: (object, relation, user) => own(object, relation).find((tuple) => tuple.user === user) ?? store.find(object, relation, user),
    *tuples(object, relation) {
      yield* own(object, relation)
      yield* store.tuples(object, relation)
    },
    *usersets(object, relation) {
      for (const tuple of own(object, relation)) if (tuple.user.includes('#')) yield tuple
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
