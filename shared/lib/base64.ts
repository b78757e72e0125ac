/** Strict base64: each byte sequence has exactly one accepted text. Pure. */

/** Bytes that one call converts. A call takes only so many arguments. */
const chunkBytes = 8_192

/** Bytes as base64url without padding (RFC 4648 §5). */
export const toBase64Url = (bytes: Uint8Array): string => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** Bytes as base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let offset = 0; offset < bytes.length; offset += chunkBytes)
    binary += String.fromCharCode(...bytes.subarray(offset, offset + chunkBytes))
  return btoa(binary)
}

/** The bytes of `text` if `encode` would write exactly that text; null otherwise. */
function decode(text: string, standard: string, encode: (bytes: Uint8Array) => string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard)) return null
  try {
    const binary = atob(standard)
    const bytes = new Uint8Array(binary.length)
    for (let position = 0; position < binary.length; position += 1) bytes[position] = binary.charCodeAt(position)
    return encode(bytes) === text ? bytes : null
  } catch {
    return null
  }
}

/** The bytes of base64 with padding; null: not in that form. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | null => decode(text, text, toBase64)

/** The bytes of base64url without padding; null: not in that form. */
export const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> | null =>
  decode(text, text.replaceAll('-', '+').replaceAll('_', '/'), toBase64Url)
