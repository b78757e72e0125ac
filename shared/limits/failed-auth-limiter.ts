/**
 * Limits failed authentications per address. Pure: the clock is an argument. An attempt is counted before verification and returned if the
 * credential is valid, so the limit is exact under concurrency.
 */
import { BoundedMap } from '../lib/bounded-map.ts'

/** Failed attempts in one window: far more than mistyping causes, far fewer than guessing needs. */
export const attemptLimit = 300
const windowMs = 60_000
/** Addresses in memory; the oldest is evicted. */
const maxAddresses = 10_000

interface Window {
  readonly since: number
  attempts: number
}

/** Counts failed authentications per address, in windows of one minute. */
export class FailedAuthLimiter {
  readonly #windows = new BoundedMap<string, Window>(maxAddresses)

  /** Reserves one attempt for `address`. Returns the wait in ms if the limit is reached, or else the function that returns the attempt. */
  reserve(address: string, now: number): number | (() => void) {
    const window = this.#windowOf(address, now)
    if (window.attempts >= attemptLimit) return window.since + windowMs - now
    window.attempts++
    return () => {
      window.attempts--
    }
  }

  #windowOf(address: string, now: number): Window {
    const window = this.#windows.get(address)
    // After the clock goes back, a new window starts. Otherwise a lockout could last longer than one window.
    if (window && now >= window.since && now - window.since < windowMs) return window
    const newWindow = { since: now, attempts: 0 }
    this.#windows.set(address, newWindow)
    return newWindow
  }
}

/**
 * The key is the IPv4 address, or the /64 prefix of an IPv6 address (RFC 4291 §2.5.4). Null: not an address.
 */
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
  const allGroups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!allGroups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null
  return `${allGroups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
