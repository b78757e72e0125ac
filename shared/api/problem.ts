/** An error response (RFC 9457): `application/problem+json`. */
import { z } from 'zod'

/** A problem of one field. `pointer`: a JSON pointer (RFC 6901), or the name of a parameter. */
export const InvalidField = z.object({ pointer: z.string(), detail: z.string() })
export type InvalidField = z.infer<typeof InvalidField>

/** The body of an error response. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    request_id: z.string(),
    errors: z.array(InvalidField).optional(),
    error: z.string().optional().meta({ description: 'For a refused credential: `invalid_token` (RFC 6750), as in `WWW-Authenticate`.' }),
    error_description: z.string().optional().meta({ description: 'Why the credential is refused.' }),
  })
  .meta({ id: 'Problem', description: 'An error response (RFC 9457)' })
export type Problem = z.infer<typeof Problem>
