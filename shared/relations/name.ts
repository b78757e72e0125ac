/** The platform's objects as names in tuples. Pure. */
import { isObject, isOneObject, typeOf } from './tuple.ts'

/** The types of the platform's own model. */
export type PlatformType = 'user' | 'group' | 'tenant' | 'session' | 'memory_namespace'

/** Everything except letters, digits and characters without a meaning in any grammar. */
const special = /[^A-Za-z0-9_.-]/gu

const percentEncode = (character: string): string =>
  Array.from(new TextEncoder().encode(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/**
 * `type:id` for any id. No id can become another type, a userset or a wildcard, and different ids have different names. Null if the id is
 * empty, too long or not well-formed.
 */
export function nameOf(type: PlatformType, id: string): string | null {
  if (id === '' || !id.isWellFormed()) return null
  const name = `${type}:${id.replace(special, percentEncode)}`
  return (type === 'user' ? isObject(name) : isOneObject(name)) ? name : null
}

/** The id in a name of `nameOf`; null: not such a name. */
export function idOf(type: PlatformType, name: string): string | null {
  if (typeOf(name) !== type) return null
  try {
    const id = decodeURIComponent(name.slice(type.length + 1))
    return nameOf(type, id) === name ? id : null
  } catch {
    return null
  }
}
