/**
 * How often an address may show a credential that turns out to be none. Pure: the clock is an argument. Counted before it is looked at
 * and given back if it was good, so the limit is exact however many come at once.
 */
import { BoundedMap } from '../lib/bounded-map.ts'

/** Bad credentials in one window: far beyond what people mistype, far below what guessing needs. */
export const attemptLimit = 300
const windowMs = 60_000
/** Addresses that are remembered; the one that was first goes first. */
const maxAddresses = 10_000

interface Counted {
  readonly since: number
  spent: number
}

export class FailedAuthLimiter {
  readonly #counted = new BoundedMap<string, Counted>(maxAddresses)

  /** Begins one for `address`. A number: it may not, before so many milliseconds; else what to call if the credential was good. */
  reserve(address: string, now: number): number | (() => void) {
    const counted = this.#of(address, now)
    if (counted.spent >= attemptLimit) return counted.since + windowMs - now
    counted.spent++
    return () => {
      counted.spent--
    }
  }

  #of(address: string, now: number): Counted {
    const known = this.#counted.get(address)
    // A clock that went back begins anew, rather than lock out for longer than a window.
    if (known && now >= known.since && now - known.since < windowMs) return known
    const fresh = { since: now, spent: 0 }
    this.#counted.set(address, fresh)
    return fresh
  }
}

/** Who is counted as one: an IPv4 address, or the 64 bits of an IPv6 address that its owner was given (RFC 4291 §2.5.4). Null: it is no address. */
export function addressKey(text: string): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? text
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(mapped)) return mapped
  if (!/^[0-9a-f:]{2,39}$/i.test(text)) return null
  const [head = '', tail, ...more] = text.toLowerCase().split('::')
  if (more.length > 0) return null
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return null
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
