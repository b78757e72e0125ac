/** The port to relationships. Two drivers: local, over a tenant's tuples, and an OpenFGA server. Portable. */
import { fail, ok, type Result } from '../result.ts'
import { type CheckLimits, check, type Question } from './check.ts'
import type { RelationsFailure } from './failure.ts'
import type { AuthorizationModel } from './model.ts'
import type { WritableTupleStore } from './store.ts'
import { type Tuple, type TupleKey, tupleText } from './tuple.ts'
import { writeProblem } from './valid.ts'

/** Tuples to write and to delete. */
export interface Changes {
  readonly writes?: readonly Tuple[]
  readonly deletes?: readonly TupleKey[]
}

/** Port: the relationships of one tenant. */
export interface Relations {
  /** Whether `user` has `relation` to `object`. Treat a refusal as no, and audit its reason. */
  check(question: Question): Promise<Result<boolean, RelationsFailure>>
  /** Makes all changes, or none. Written tuples must be new, and deleted ones must exist. At most 100 changes. */
  write(changes: Changes): Promise<Result<null, RelationsFailure>>
}

/** Whether access is granted. Only a plain yes grants it. */
export const isAllowed = (result: Result<boolean, RelationsFailure>): boolean => result.ok && result.value === true

/** OpenFGA's limit on changes in one request. */
export const maxChanges = 100

/** A request must have between one change and `maxChanges`. */
export const invalidCount: RelationsFailure = { code: 'validation_error', detail: `between 1 and ${maxChanges} changes` }

const invalidWrite = (detail: string): RelationsFailure => ({ code: 'write_failed_due_to_invalid_input', detail })

/** Why `changes` may not be made to `store`; null: they may. */
export function changesProblem(
  model: AuthorizationModel,
  store: WritableTupleStore,
  { writes = [], deletes = [] }: Changes,
): RelationsFailure | null {
  const count = writes.length + deletes.length
  if (count === 0 || count > maxChanges) return invalidCount
  const seen = new Set<string>()
  for (const key of [...writes, ...deletes]) {
    if (seen.has(tupleText(key)))
      return { code: 'cannot_allow_duplicate_tuples_in_one_request', detail: `'${tupleText(key)}' appears twice` }
    seen.add(tupleText(key))
  }
  for (const tuple of writes) {
    const implicit = tuple.user === `${tuple.object}#${tuple.relation}` ? 'a userset always has itself' : null
    const problem = writeProblem(model, tuple) ?? implicit
    if (problem) return { code: 'validation_error', detail: problem }
  }
  for (const { object, relation, user } of writes) {
    if (store.find(object, relation, user)) return invalidWrite(`'${tupleText({ object, relation, user })}' is there already`)
  }
  for (const key of deletes) {
    if (!store.find(key.object, key.relation, key.user)) return invalidWrite(`'${tupleText(key)}' is not there`)
  }
  return null
}

/** Answers from `store`. In a Durable Object, no other request runs between the check and the write. */
export function localRelations(model: AuthorizationModel, store: WritableTupleStore, limits?: CheckLimits): Relations {
  return {
    async check(question) {
      return check(model, store, question, limits)
    },
    async write(changes) {
      const problem = changesProblem(model, store, changes)
      if (problem) return fail(problem)
      store.apply(changes.writes ?? [], changes.deletes ?? [])
      return ok(null)
    },
  }
}
