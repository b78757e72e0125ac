import type { limits } from '../../../../shared/api/limits.ts'

/** The API's limit for one message, in UTF-16 units. The compiler checks it, so the schemas stay out of the bundle. */
export const maxMessageUnits = 32_000 satisfies (typeof limits)['messageUnits']
