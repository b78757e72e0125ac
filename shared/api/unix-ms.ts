/** A point in time, as every answer gives it. */
import { z } from 'zod'

export const UnixMs = z.int().meta({ description: 'Unix milliseconds' })
