/**
 * When a signing key is what. It is published before it signs, so that whoever keeps a copy of the key set has it by then; and it
 * verifies until the last token that it signed has ended. So no valid token is ever refused for a rotation.
 */

/** Unix ms. `retiresAt`: from then on nobody is told of it; null while no later key signs. */
export interface KeyTimes {
  readonly signsFrom: number
  readonly retiresAt: number | null
}

/** The longest that any token of ours may live. */
export const longestTokenMs = 12 * 3_600_000
/** How wrong clocks may be. */
const leewayMs = 60_000
/** How long others may keep our key set (`Cache-Control: max-age` of the JWKS). */
export const keySetMaxAgeSeconds = 300
/** How long a key is published before it signs, unless told otherwise. */
export const defaultLeadMs = 2 * keySetMaxAgeSeconds * 1_000
/** A key signs this long until the next is made by itself. */
export const rotateEveryMs = 90 * 24 * 3_600_000

/** The keys that verify at `now`. */
export const published = <K extends KeyTimes>(keys: readonly K[], now: number): K[] =>
  keys.filter(({ retiresAt }) => retiresAt === null || retiresAt > now)

/** The key that signs at `now`: of those that may, the one that began last. */
export const signing = <K extends KeyTimes>(keys: readonly K[], now: number): K | undefined =>
  published(keys, now)
    .filter(({ signsFrom }) => signsFrom <= now)
    .sort((one, other) => other.signsFrom - one.signsFrom)[0]

/** The key that is published and does not sign yet: while there is one, no other is made. */
export const pending = <K extends KeyTimes>(keys: readonly K[], now: number): K | undefined => keys.find(({ signsFrom }) => signsFrom > now)

/** When a key goes that signs until `until`. */
export const retirement = (until: number): number => until + longestTokenMs + leewayMs
