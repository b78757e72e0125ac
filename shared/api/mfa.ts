/** Second factors: a user's own, and the tenant's rule. */
import { z } from 'zod'
import { RequireMfa } from '../identity/amr.ts'
import { UnixMs } from './unix-ms.ts'

const Code = z.string().max(64).meta({ description: "Six digits of the authenticator's, or a recovery code", example: '492039' })

export const MfaCode = z.object({ code: Code })
export type MfaCode = z.infer<typeof MfaCode>

export const MfaAnswer = z.object({
  challenge: z.string().max(300).optional().meta({ description: 'Left out by browsers, whose cookie has it' }),
  code: Code,
})
export type MfaAnswer = z.infer<typeof MfaAnswer>

export const NewMfa = z.object({ code: Code.optional().meta({ description: 'Of the one there is, if there is one' }) })
export type NewMfa = z.infer<typeof NewMfa>

export const MfaState = z.object({
  on: z.boolean(),
  since: UnixMs.nullable(),
  pending: z.boolean().meta({ description: 'One is set up and not proved yet; it ends after a quarter of an hour' }),
  recovery_codes_left: z.int(),
  demanded: z.boolean().meta({ description: 'The tenant demands one of you: it can be replaced, and not turned off' }),
  shown: z.boolean().meta({ description: 'Whether this sign-in has shown one' }),
})
export type MfaState = z.infer<typeof MfaState>

export const MfaSecret = z.object({
  secret: z
    .string()
    .meta({ description: 'Base32, to type into an authenticator; told this once', example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
  uri: z.string().meta({ description: 'The same as `otpauth://` address, for a QR code' }),
})
export type MfaSecret = z.infer<typeof MfaSecret>

export const MfaVerified = z.object({
  recovery_codes: z.array(z.string()).nullable().meta({ description: 'Told this once, when a second factor comes into force' }),
})
export type MfaVerified = z.infer<typeof MfaVerified>

export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

export const SignInRules = z.object({
  require_mfa: RequireMfa.meta({ description: 'Of whom a second factor is demanded: nobody, owners and admins, or everyone who signs in' }),
})
export type SignInRules = z.infer<typeof SignInRules>
