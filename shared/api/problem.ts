/** An error response (RFC 9457): `application/problem+json`. */
import { z } from 'zod'

export const InvalidField = z.object({ pointer: z.string(), detail: z.string() })
export type InvalidField = z.infer<typeof InvalidField>

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    request_id: z.string(),
    errors: z.array(InvalidField).optional(),
  })
  .meta({ id: 'Problem', description: 'An error response (RFC 9457)' })
export type Problem = z.infer<typeof Problem>
