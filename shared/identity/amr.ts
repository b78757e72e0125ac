/** How somebody showed who they are, in the words of RFC 8176; and of whom a tenant demands more than one way. */
import { z } from 'zod'
import { isAdmin, type Role } from './role.ts'

/** More than one factor. What a policy hears as `mfa`. */
export const mfa = 'mfa'

const maxMethods = 10
const method = /^[A-Za-z0-9_:.-]{1,32}$/

/** The methods that a token's `amr` lists; none, if it is anything but a short list of names. */
export const Amr = z.array(z.string().regex(method)).max(maxMethods).catch([])

/** With `mfa` added where `acr` is one of those which, by that issuer's word, mean it. What an `acr` says is each issuer's own. */
export function withAcr(amr: readonly string[], acr: unknown, mfaAcr: readonly string[]): readonly string[] {
  return typeof acr === 'string' && mfaAcr.includes(acr) && !amr.includes(mfa) ? [...amr, mfa] : amr
}

/** `amr` after a second factor was shown: `otp` for an app's code; a recovery code has no word of its own. */
export const withSecondFactor = (amr: readonly string[], way: 'otp' | 'recovery'): string[] => [
  ...new Set([...amr, ...(way === 'otp' ? ['otp'] : []), mfa]),
]

/** Of whom a tenant demands a second factor. */
export const RequireMfa = z.enum(['none', 'admins', 'everyone'])
export type RequireMfa = z.infer<typeof RequireMfa>

export const mfaRequired = (rule: RequireMfa, role: Role | null): boolean =>
  rule === 'everyone' || (rule === 'admins' && role !== null && isAdmin(role))
