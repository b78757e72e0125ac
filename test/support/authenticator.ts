/** What an authenticator app does with the secret that it is given. */
import { hotp, stepAt } from '../../shared/identity/totp.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = Array.from(text, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return new Uint8Array((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** The code of now. `ahead`: of the next step, which counts already. One of the step before might be over by the time it is judged. */
export const codeOf = (secret: string, ahead: 0 | 1 = 0): Promise<string> => hotp(fromBase32(secret), stepAt(Date.now()) + ahead)

/** A code that is none of those that count now. */
export async function wrongCode(secret: string): Promise<string> {
  const right = await Promise.all([-2, -1, 0, 1, 2, 3].map((offset) => hotp(fromBase32(secret), stepAt(Date.now()) + offset)))
  for (let number = 0; ; number += 1) {
    const code = `${number}`.padStart(6, '0')
    if (!right.includes(code)) return code
  }
}
