/**
 * The platform's limits on relationships, below those of OpenFGA. Pure. Members can share their own sessions. So members alone cannot
 * decide how much a check reads or a tenant stores.
 */
import type { CheckLimits } from './check.ts'
import type { RelationsFailure } from './failure.ts'
import { nameOf, type PlatformType } from './name.ts'
import type { Changes } from './relations.ts'
import { isWildcard, splitUserset, type Tuple, typeOf } from './tuple.ts'

/** The limits of one check. The three questions about a shared session share them. */
export const platformChecks: CheckLimits = { depth: 25, steps: 500 }

/** The most tuples of one object. Only an admin writes those of groups and tenants. */
export const maxTuplesOf: Readonly<Record<Exclude<PlatformType, 'user'>, number>> = {
  session: 200,
  memory_namespace: 200,
  group: 10_000,
  tenant: 10_000,
}
/** The most usersets, such as `group:eng#member`, among the tuples of one object. Each costs a check several steps. */
export const maxUsersets = 50
/** The most tuples of sessions and memory namespaces that one subject has written. */
export const maxTuplesByWriter = 5_000

/** The counts of stored tuples. `limit`: counting may stop there. */
export interface StoredTuples {
  countOf(object: string, limit: number): number
  countUsersets(object: string, limit: number): number
  countByWriter(writer: string, limit: number): number
  exists(object: string): boolean
}

/** Why these changes by `writer` exceed a limit, or share with a group that does not exist; null: they do not. Deletions are always possible. */
export function limitProblem(
  stored: StoredTuples,
  tenant: string,
  { writes = [], deletes = [] }: Changes,
  writer: string | null,
): RelationsFailure | null {
  // Admins may build groups in any order.
  const unknown = writes.find(({ object, user }) => isLimitedForMembers(object) && !userExists(stored, tenant, user, writes))
  if (unknown) return { code: 'no_such_group', detail: `'${splitUserset(unknown.user)[0]}' does not exist` }
  const netOf = (object: string, matches: (user: string) => boolean) =>
    writes.filter((tuple) => tuple.object === object && matches(tuple.user)).length -
    deletes.filter((tuple) => tuple.object === object && matches(tuple.user)).length
  for (const object of new Set(writes.map((tuple) => tuple.object))) {
    const max = maxTuplesOf[typeOf(object) as keyof typeof maxTuplesOf] ?? 0
    const added = netOf(object, () => true)
    if (added > 0 && stored.countOf(object, max + 1) + added > max) return tooMany(`'${object}' can have ${max} tuples`)
    const usersets = netOf(object, isUserset)
    if (isLimitedForMembers(object) && usersets > 0 && stored.countUsersets(object, maxUsersets + 1) + usersets > maxUsersets)
      return tooMany(`'${object}' can have ${maxUsersets} usersets`)
  }
  const written = writes.filter(({ object }) => isLimitedForMembers(object)).length
  if (writer !== null && written > 0 && stored.countByWriter(writer, maxTuplesByWriter + 1) + written > maxTuplesByWriter)
    return tooMany(`one user can write ${maxTuplesByWriter} tuples of sessions and memory namespaces`)
  return null
}

/** Whether members write the tuples of `object`, and not only admins. */
export const isLimitedForMembers = (object: string): boolean => ['session', 'memory_namespace'].includes(typeOf(object))

const tooMany = (detail: string): RelationsFailure => ({ code: 'too_many_tuples', detail })
const isUserset = (user: string): boolean => user.includes('#')

/** Whether the group or tenant of a userset exists. A group exists while it has a tuple. Other users are not looked up. */
function userExists(stored: StoredTuples, tenant: string, user: string, writes: readonly Tuple[]): boolean {
  const [object, relation] = splitUserset(user)
  if (relation === '' || isWildcard(user)) return true
  if (typeOf(object) === 'tenant') return object === nameOf('tenant', tenant)
  return stored.exists(object) || writes.some((tuple) => tuple.object === object && tuple.user !== user)
}
