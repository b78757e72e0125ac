/** Exponential backoff. Portable. */

/** The wait before attempt `attempt` (from 1): `base`, then doubled each time, at most `max`. Any unit. */
export const exponential = (attempt: number, base: number, max: number): number => Math.min(base * 2 ** (attempt - 1), max)

/** The same with jitter: half to all of it, so that clients do not retry in step. `random` is from 0 to 1. */
export const backoff = (attempt: number, base: number, max: number, random: () => number = Math.random): number =>
  exponential(attempt, base, max) * (0.5 + random() / 2)
