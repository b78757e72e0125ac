/** Authentication methods (RFC 8176), and a tenant's rule for a second factor. Pure. */
import { z } from 'zod'
import { isAdmin, type Role } from './role.ts'

/** More than one factor. The policy input `mfa`. */
export const mfa = 'mfa'

const maxMethods = 10
const methodPattern = /^[A-Za-z0-9_:.-]{1,32}$/

/** The methods in a token's `amr`; empty unless it is a short list of names. */
export const Amr = z.array(z.string().regex(methodPattern)).max(maxMethods).catch([])

/** Adds `mfa` if `acr` is one of `mfaAcr`, the issuer's values for several factors. */
export function withAcr(amr: readonly string[], acr: unknown, mfaAcr: readonly string[]): readonly string[] {
  return typeof acr === 'string' && mfaAcr.includes(acr) && !amr.includes(mfa) ? [...amr, mfa] : amr
}

/** `amr` after a second factor: `otp` for an app's code. RFC 8176 has no value for a recovery code. */
export const withSecondFactor = (amr: readonly string[], method: 'otp' | 'recovery'): string[] => [
  ...new Set([...amr, ...(method === 'otp' ? ['otp'] : []), mfa]),
]

/** The users that must use a second factor. */
export const RequireMfa = z.enum(['none', 'admins', 'everyone'])
export type RequireMfa = z.infer<typeof RequireMfa>

/** Whether a user with this role must use a second factor. */
export const mfaRequired = (rule: RequireMfa, role: Role | null): boolean =>
  rule === 'everyone' || (rule === 'admins' && role !== null && isAdmin(role))
