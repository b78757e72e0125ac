/** Requests of the Durable Streams protocol. A stream is the log of a session. */
import { z } from 'zod'

/** Digits of an offset: a `seq`, with zeros before it, so that offsets sort as texts. */
export const offsetDigits = 15

/** Query of `GET /v1/streams/{session}`. */
export const ReadStream = z
  .object({
    offset: z
      .string()
      .regex(new RegExp(`^(?:-1|now|\\d{${offsetDigits}})$`), 'must be -1, now, or a Stream-Next-Offset of this stream')
      .optional()
      .meta({ description: '-1, the default: the beginning. `now`: the end' }),
    live: z.enum(['long-poll', 'sse']).optional().meta({ description: 'Wait for one answer, or get every event as it comes' }),
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, 'must be a Stream-Cursor of this stream')
      .optional(),
  })
  .refine(({ offset, live }) => live === undefined || offset !== undefined, { path: ['offset'], message: 'is required with live' })
export type ReadStream = z.infer<typeof ReadStream>
