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
    error: z.string().optional().meta({ description: 'For a refused credential: `invalid_token` (RFC 6750), as in `WWW-Authenticate`.' }),
    error_description: z.string().optional().meta({ description: 'Why the credential is refused.' }),
  })
  .meta({ id: 'Problem', description: 'An error response (RFC 9457)' })
export type Problem = z.infer<typeof Problem>
