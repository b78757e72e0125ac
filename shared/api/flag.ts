/** A yes or no in a query. */
import { z } from 'zod'

const words = { true: true, '1': true, '': true, false: false, '0': false } as const

/** `true` or `1`, also without a value as in `?stream`; `false` or `0`. */
export const Flag = z.enum(Object.keys(words) as [keyof typeof words, ...(keyof typeof words)[]]).transform((word) => words[word])
