/** The sessions that the tuples of an OpenFGA server share with a user. Portable. */
import type { Result } from '../result.ts'
import type { RelationsFailure } from './failure.ts'
import type { TupleKey } from './tuple.ts'

/** Groups and tenants of one user that are looked up: each costs a request. */
const maxGroups = 20

/** Reads the first page of the tuples with this user and an object of this type, such as `session:`. */
type ReadTuples = (filter: { readonly object: string; readonly user: string }) => Promise<Result<{ tuples: TupleKey[] }, RelationsFailure>>

/** At most `limit` sessions that tuples share with `user`, or with a group or tenant of the user. A failed read finds nothing. */
export async function sharedObjects(read: ReadTuples, user: string, limit: number): Promise<string[]> {
  const objects = async (type: string, name: string): Promise<string[]> => {
    const page = await read({ object: `${type}:`, user: name })
    return page.ok ? page.value.tuples.map(({ object }) => object) : []
  }
  const [own = [], ...containers] = await Promise.all(['session', 'group', 'tenant'].map((type) => objects(type, user)))
  const groups = [...new Set(containers.flat())].slice(0, maxGroups)
  const ofGroups = await Promise.all(groups.map((group) => objects('session', `${group}#member`)))
  return [...new Set([...own, ...ofGroups.flat()])].slice(0, limit)
}
