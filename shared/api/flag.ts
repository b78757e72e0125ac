/** A yes or no in a query. */
import { z } from 'zod'

const flagValues = { true: true, '1': true, '': true, false: false, '0': false } as const

/** `true` or `1`, also without a value as in `?stream`; `false` or `0`. */
export const Flag = z
  .enum(Object.keys(flagValues) as [keyof typeof flagValues, ...(keyof typeof flagValues)[]])
  .transform((word) => flagValues[word])
