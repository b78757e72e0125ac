/**
 * Maps the `sub` of another issuer to a subject of ours. Pure. Ours are printable ASCII without spaces, as they are parts of object names.
 * The mapping is injective: two values of `sub` never become one subject.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { Subject } from '../ids.ts'
import { toBase64Url } from '../lib/base64.ts'

/** Begins every mapped subject. A `sub` that begins so is mapped too, so it cannot imitate another one. */
const mark = 'sub~'
const maxUnits = 1_024

/**
 * Most values stay as they are. One with spaces or other characters, such as `CN=Person One,OU=x`, is percent-encoded after a mark:
 * `sub~CN=Person%20One,OU=x`. One that is too long then becomes its hash. Null: empty, too long, or no Unicode text.
 */
export function foreignSubject(sub: unknown): Subject | null {
  if (typeof sub !== 'string' || sub === '' || sub.length > maxUnits || !sub.isWellFormed()) return null
  const asIs = Subject.safeParse(sub)
  if (asIs.success && !sub.startsWith(mark)) return asIs.data
  const encoded = Subject.safeParse(mark + sub.replace(/[^\x21-\x7e]|[%~]/gu, encodeCharacter))
  if (encoded.success) return encoded.data
  // No encoded text begins with `~`.
  return Subject.parse(`${mark}~${toBase64Url(sha256(new TextEncoder().encode(sub)))}`)
}

const encodeCharacter = (character: string): string => (character === '~' ? '%7E' : encodeURIComponent(character))
