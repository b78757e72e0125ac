/** Recovery codes: what stands in for an authenticator that is lost. Each counts once; kept are hashes, which 80 random bits make enough. */
import { toBase64Url } from '../lib/base64.ts'

/** How many are made at once. */
export const recoveryCodes = 10

/** Crockford's: no letter that is taken for another. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const units = 16
const groupUnits = 4

/** `xxxx-xxxx-xxxx-xxxx`. 32 letters, so that five bits of each byte choose evenly. */
export function newRecoveryCode(): string {
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(units)), (byte) => alphabet[byte & 31]).join('')
  return letters.match(new RegExp(`.{${groupUnits}}`, 'g'))?.join('-') ?? letters
}

/** As it was made, however it was typed; null: no recovery code. */
export function parseRecoveryCode(text: string): string | null {
  const bare = text.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
  return bare.length === units && Array.from(bare).every((letter) => alphabet.includes(letter)) ? bare : null
}

/** What is kept of a code: the same code of somebody else has another hash. `code` as `parseRecoveryCode` has it. */
export async function recoveryHash(tenant: string, subject: string, code: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([tenant, subject, code]))
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
