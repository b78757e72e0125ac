/** A point in time in API responses. */
import { z } from 'zod'

export const UnixMs = z.int().meta({ description: 'Unix milliseconds' })
