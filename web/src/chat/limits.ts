import type { limits } from '../../../shared/api/sessions.ts'

/** The API's limit for one message, checked by type so that the schemas stay out of the bundle. */
export const mostUnits = 32_000 satisfies (typeof limits)['messageUnits']
