/**
 * Time-based one-time passwords (RFC 6238) with HMAC-SHA-1, six digits and 30 seconds, as authenticator apps use them. Portable: WebCrypto
 * computes the HMAC.
 */

/** RFC 4226 §4: 160 bits. */
const secretBytes = 20
const digits = 6
const stepSeconds = 30
/** Tolerated clock skew, as RFC 6238 §5.2 advises. */
const skewSteps = 1

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A random secret. */
export const newSecret = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(secretBytes))

/** Base32 without padding (RFC 4648 §6), for typing a secret into an app. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let buffer = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += base32Alphabet[(buffer >> (bits - 5)) & 31]
  }
  return bits > 0 ? text + base32Alphabet[(buffer << (5 - bits)) & 31] : text
}

/** The time step of `now`, Unix ms. */
export const stepAt = (now: number): number => Math.floor(now / 1_000 / stepSeconds)

/** The one-time password of a counter (RFC 4226 §5.3), with `length` digits. */
export async function hotp(secret: Uint8Array<ArrayBuffer>, counter: number, length = digits): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
  const message = new DataView(new ArrayBuffer(8))
  message.setBigUint64(0, BigInt(counter))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, message.buffer))
  const offset = mac.getUint8(19) & 0x0f
  const number = (mac.getUint32(offset) & 0x7fffffff) % 10 ** length
  return number.toString().padStart(length, '0')
}

/** A code and its time step. A code is valid once, and no earlier code is valid after it. */
export interface StepCode {
  readonly step: number
  readonly code: string
}

/** The codes that are valid at `now`. */
export async function codesAt(secret: Uint8Array<ArrayBuffer>, now: number): Promise<StepCode[]> {
  const current = stepAt(now)
  const steps = Array.from({ length: 2 * skewSteps + 1 }, (_, index) => current - skewSteps + index)
  return Promise.all(steps.map(async (step) => ({ step, code: await hotp(secret, step) })))
}

/** Whether both texts are equal, in constant time. */
export function constantTimeEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let position = 0; position < a.length; position += 1)
    difference |= a.charCodeAt(position) ^ b.charCodeAt(position % Math.max(1, b.length))
  return difference === 0
}

/** The step of the code that equals `submitted`, unless it was used; null otherwise. Compares with every code, in constant time. */
export function stepOf(codes: readonly StepCode[], submitted: string, lastStep: number): number | null {
  let matchedStep: number | null = null
  for (const { step, code } of codes) if (constantTimeEqual(code, submitted) && step > lastStep) matchedStep = step
  return matchedStep
}

/** Six digits, without grouping; null: not an app's code. */
export function parseCode(text: string): string | null {
  const digitsOnly = text.replace(/[\s-]/g, '')
  return /^\d{6}$/.test(digitsOnly) ? digitsOnly : null
}

/** The otpauth URI of the QR code. SHA-1, six digits and 30 seconds are defaults; leaving them out makes the QR code smaller. */
export function otpauthUri(secret: Uint8Array, tenant: string, subject: string): string {
  const issuer = `Soma (${tenant})`
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(subject)}`
  return `otpauth://totp/${label}?secret=${toBase32(secret)}&issuer=${encodeURIComponent(issuer)}`
}
