/** Why a policy is refused. Pure. */
import { z } from 'zod'

/** Longest refusal or fault, in UTF-16 units. */
const maxDetailUnits = 4_000

/** `text`, cut to the length of a detail. */
export const shortDetail = (text: string): string => (text.length > maxDetailUnits ? `${text.slice(0, maxDetailUnits - 1)}…` : text)

/** One sentence about an uploaded document. */
export const Detail = z.string().max(maxDetailUnits)

/** For the uploader. */
export const PolicyRefusal = z.object({ why: z.enum(['signature', 'revision', 'plan', 'tests', 'lockout']), detail: Detail })
export type PolicyRefusal = Readonly<z.infer<typeof PolicyRefusal>>
