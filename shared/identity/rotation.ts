/**
 * The life of a signing key. Pure. A key is published before it signs, so that cached key sets contain it by then. It verifies until the
 * last token it signed has expired. No rotation invalidates a valid token.
 */
import { clockLeewayMs } from './token-limits.ts'

/** Unix ms. `retiresAt`: the key leaves the key set; null while no later key signs. */
export interface KeyTimes {
  readonly signsFrom: number
  readonly retiresAt: number | null
}

/** Longest life of a token we issue. */
export const longestTokenMs = 12 * 3_600_000
/** How long clients may cache our key set (`Cache-Control: max-age` of the JWKS). */
export const keySetMaxAgeSeconds = 300
/** Default time between publishing a key and signing with it. */
export const defaultLeadMs = 2 * keySetMaxAgeSeconds * 1_000
/** Interval of automatic rotation. */
export const rotateEveryMs = 90 * 24 * 3_600_000

/** The keys that verify at `now`. */
export const publishedKeys = <K extends KeyTimes>(keys: readonly K[], now: number): K[] =>
  keys.filter(({ retiresAt }) => retiresAt === null || retiresAt > now)

/** The key that signs at `now`: the newest of those that may. */
export const signingKey = <K extends KeyTimes>(keys: readonly K[], now: number): K | undefined =>
  publishedKeys(keys, now)
    .filter(({ signsFrom }) => signsFrom <= now)
    .sort((a, b) => b.signsFrom - a.signsFrom)[0]

/** The published key that does not sign yet. While one exists, no other key is created. */
export const pendingKey = <K extends KeyTimes>(keys: readonly K[], now: number): K | undefined =>
  keys.find(({ signsFrom }) => signsFrom > now)

/** When a key that signs until `until` retires. Both are Unix ms. */
export const retiresAtAfter = (until: number): number => until + longestTokenMs + 2 * clockLeewayMs
