/** Base64 with one text for one sequence of bytes: whatever another encoder would have written otherwise is refused. */

/** Bytes as base64url without padding (RFC 4648 §5). */
export const toBase64Url = (bytes: Uint8Array): string => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** Bytes as base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The bytes that `text` stands for in the one way that `encode` writes them, or null. */
function decode(text: string, standard: string, encode: (bytes: Uint8Array) => string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard)) return null
  try {
    const binary = atob(standard)
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at)
    return encode(bytes) === text ? bytes : null
  } catch {
    return null
  }
}

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | null => decode(text, text, toBase64)

export const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> | null =>
  decode(text, text.replaceAll('-', '+').replaceAll('_', '/'), toBase64Url)
