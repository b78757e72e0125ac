/** The version in a change, for optimistic locking. */
import { z } from 'zod'

/** The version that a change is based on. `read`: the request that returns the current one. */
export const basedOn = (read: string) =>
  z
    .int({
      error: ({ input }) =>
        input === undefined
          ? `is required: \`${read}\` returns the current one`
          : `must be the current version as a whole number: \`${read}\` returns it`,
    })
    .meta({ description: 'The version that this change is based on. A newer stored version refuses it with 409.' })
