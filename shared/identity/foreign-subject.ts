/**
 * Maps the `sub` of another issuer to a subject of ours. Pure. Ours are printable ASCII without spaces, as they are parts of object names.
 * The mapping is injective: two values of `sub` never become one subject.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { Subject } from '../ids.ts'
import { toBase64Url } from '../lib/base64.ts'

/** The prefix of every mapped subject. A `sub` with this prefix is mapped too, so it cannot imitate another one. */
const mappedPrefix = 'sub~'
const maxUnits = 1_024

/**
 * Most values stay as they are. A value with spaces or other characters, such as `CN=Person One,OU=x`, is percent-encoded after the prefix:
 * `sub~CN=Person%20One,OU=x`. If that is too long, it becomes its hash. Null: empty, too long, or no Unicode text.
 */
export function foreignSubject(sub: unknown): Subject | null {
  if (typeof sub !== 'string' || sub === '' || sub.length > maxUnits || !sub.isWellFormed()) return null
  const unchanged = Subject.safeParse(sub)
  if (unchanged.success && !sub.startsWith(mappedPrefix)) return unchanged.data
  const encoded = Subject.safeParse(mappedPrefix + sub.replace(/[^\x21-\x7e]|[%~]/gu, encodeCharacter))
  if (encoded.success) return encoded.data
  // No encoded text begins with `~`.
  return Subject.parse(`${mappedPrefix}~${toBase64Url(sha256(new TextEncoder().encode(sub)))}`)
}

const encodeCharacter = (character: string): string => (character === '~' ? '%7E' : encodeURIComponent(character))
