/** The codes of an authenticator app. */
import { hotp, stepAt } from '../../shared/identity/totp.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = Array.from(text, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return new Uint8Array((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** The current code. `ahead`: the code of a later step. The next step is accepted too; a previous one may expire in flight. */
export const codeOf = (secret: string, ahead: 0 | 1 = 0): Promise<string> => hotp(fromBase32(secret), stepAt(Date.now()) + ahead)

/** A code that is not valid now. */
export async function wrongCode(secret: string): Promise<string> {
  const right = await Promise.all([-2, -1, 0, 1, 2, 3].map((offset) => hotp(fromBase32(secret), stepAt(Date.now()) + offset)))
  for (let number = 0; ; number += 1) {
    const code = `${number}`.padStart(6, '0')
    if (!right.includes(code)) return code
  }
}
