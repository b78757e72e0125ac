/** A point in time in API responses. */
import { z } from 'zod'

/** A time as Unix milliseconds. */
export const UnixMs = z.int().meta({ description: 'Unix milliseconds' })
