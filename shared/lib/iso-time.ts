/** Unix time as text. Pure. */

/** The last day that ISO 8601 writes with four digits. Unix ms. */
const latestMs = Date.UTC(9999, 11, 31)

/** Unix ms as ISO 8601. Never throws: a time before 1970 or after 9999 becomes the nearest one within. */
export const isoTime = (at: number): string => new Date(Math.min(Math.max(at || 0, 0), latestMs)).toISOString()
