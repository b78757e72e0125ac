/** The limits of every token, of any issuer. Constants only. */

/** Largest token, in characters. Microsoft Entra's with 200 groups have some 11,000. */
export const maxTokenUnits = 16_384

/** Tolerated difference between the clocks of an issuer and ours, for every issuer. */
export const clockLeewaySeconds = 30
/** The same in milliseconds. */
export const clockLeewayMs = clockLeewaySeconds * 1_000
