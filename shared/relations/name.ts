/** The names that the platform's things have in tuples. */
import { isObject, isOneObject, typeOf } from './tuple.ts'

export type PlatformType = 'user' | 'group' | 'tenant' | 'session' | 'memory_namespace'

/** Everything but letters, digits and what no grammar gives a meaning to. */
const special = /[^A-Za-z0-9_.-]/gu

const hex = (character: string): string =>
  Array.from(new TextEncoder().encode(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/**
 * `type:id`, whatever the id holds: no id can become another type, a userset or a wildcard, and no two ids become one. Null if there is
 * no such name: the id is empty, too long, or no proper text.
 */
export function nameOf(type: PlatformType, id: string): string | null {
  if (id === '' || !id.isWellFormed()) return null
  const name = `${type}:${id.replace(special, hex)}`
  return (type === 'user' ? isObject(name) : isOneObject(name)) ? name : null
}

/** The id in a name that `nameOf` made; null: it is no such name. */
export function idOf(type: PlatformType, name: string): string | null {
  if (typeOf(name) !== type) return null
  try {
    const id = decodeURIComponent(name.slice(type.length + 1))
    return nameOf(type, id) === name ? id : null
  } catch {
    return null
  }
}
