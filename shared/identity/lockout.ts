/** How often one may guess a second factor: five times in a row, then ever longer waits. Codes of an app and recovery codes count together. */
import { exponential } from '../lib/backoff.ts'

/** `wrong`: guesses in a row. `until`: before that none is looked at. Unix ms. */
export interface Lockout {
  readonly wrong: number
  readonly until: number
}

export const noLockout: Lockout = { wrong: 0, until: 0 }

const freeGuesses = 5
const firstWaitMs = 30_000
const longestWaitMs = 3_600_000

/** How long the next guess must wait; 0: not at all. */
export const retryAfterMs = ({ until }: Lockout, now: number): number => Math.max(0, until - now)

/** After a wrong one: the fifth makes one wait half a minute, each after it twice as long, an hour at most. */
export function recordFailure({ wrong }: Lockout, now: number): Lockout {
  const next = wrong + 1
  const wait = next < freeGuesses ? 0 : exponential(next - freeGuesses + 1, firstWaitMs, longestWaitMs)
  return { wrong: next, until: wait === 0 ? 0 : now + wait }
}
