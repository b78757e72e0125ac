/** Recovery codes, for a lost authenticator. Portable. Each is valid once. Only hashes are stored, which is enough for 80 random bits. */
import { toBase64Url } from '../lib/base64.ts'

/** How many are made at once. */
export const recoveryCodeCount = 10

/** Crockford's alphabet, without ambiguous letters. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const codeUnits = 16
const groupUnits = 4

/** `xxxx-xxxx-xxxx-xxxx`. With 32 letters, five bits of each byte choose evenly. */
export function newRecoveryCode(): string {
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(codeUnits)), (byte) => alphabet[byte & 31]).join('')
  return letters.match(new RegExp(`.{${groupUnits}}`, 'g'))?.join('-') ?? letters
}

/** Normalizes a typed recovery code; null: not a recovery code. */
export function parseRecoveryCode(text: string): string | null {
  const normalized = text.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
  return normalized.length === codeUnits && Array.from(normalized).every((letter) => alphabet.includes(letter)) ? normalized : null
}

/** The stored hash of a code, salted with tenant and subject. `code` must come from `parseRecoveryCode`. */
export async function recoveryHash(tenant: string, subject: string, code: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([tenant, subject, code]))
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
