/**
 * Limits guesses of a second factor: five wrong codes in a row, then exponential waits. Pure. App codes and recovery codes count together.
 */
import { exponential } from '../lib/backoff.ts'

/** `wrong`: wrong codes in a row. `until`: no code is checked before this time, Unix ms. */
export interface Lockout {
  readonly wrong: number
  readonly until: number
}

/** The state without wrong codes. */
export const noLockout: Lockout = { wrong: 0, until: 0 }

const freeGuesses = 5
const firstWaitMs = 30_000
const longestWaitMs = 3_600_000

/** The wait before the next attempt, ms; 0: none. */
export const retryAfterMs = ({ until }: Lockout, now: number): number => Math.max(0, until - now)

/** The state after a wrong code. The fifth one locks for 30 s, and each further one doubles it, up to one hour. */
export function recordFailure({ wrong }: Lockout, now: number): Lockout {
  const next = wrong + 1
  const wait = next < freeGuesses ? 0 : exponential(next - freeGuesses + 1, firstWaitMs, longestWaitMs)
  return { wrong: next, until: wait === 0 ? 0 : now + wait }
}
