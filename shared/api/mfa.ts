/** Second factors: a user's own, and the tenant's rule. */
import { z } from 'zod'
import { RequireMfa } from '../identity/amr.ts'
import { UnixMs } from './unix-ms.ts'

const Code = z.string().max(64).meta({ description: 'Six digits from the authenticator, or a recovery code', example: '492039' })

/** A code of the second factor. */
export const MfaCode = z.object({ code: Code })
export type MfaCode = z.infer<typeof MfaCode>

/** The answer to a challenge: a code. */
export const MfaAnswer = z.object({
  challenge: z.string().max(300).optional().meta({ description: 'The challenge. Browsers omit it: their cookie holds it.' }),
  code: Code,
})
export type MfaAnswer = z.infer<typeof MfaAnswer>

/** The request for a new second factor. */
export const NewMfa = z.object({ code: Code.optional().meta({ description: 'A code of the current second factor, if there is one' }) })
export type NewMfa = z.infer<typeof NewMfa>

/** The state of the user's second factor. */
export const MfaState = z.object({
  on: z.boolean(),
  since: UnixMs.nullable(),
  pending: z.boolean().meta({ description: 'A new second factor awaits its first code. It expires after 15 minutes.' }),
  recovery_codes_left: z.int(),
  demanded: z.boolean().meta({ description: 'The tenant requires a second factor from you. You can replace it, but not turn it off.' }),
  shown: z.boolean().meta({ description: 'Whether this sign-in used a second factor' }),
})
export type MfaState = z.infer<typeof MfaState>

/** The secret of a new second factor, as text and as address. */
export const MfaSecret = z.object({
  secret: z.string().meta({
    description: 'The secret in Base32, for typing into an authenticator. No later response shows it.',
    example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  }),
  uri: z.string().meta({ description: 'The secret as an `otpauth://` address, for a QR code' }),
})
export type MfaSecret = z.infer<typeof MfaSecret>

/** The result of a verified code. */
export const MfaVerified = z.object({
  recovery_codes: z
    .array(z.string())
    .nullable()
    .meta({ description: 'Recovery codes of a new second factor. No later response shows them. `null`: the code verified this sign-in.' }),
})
export type MfaVerified = z.infer<typeof MfaVerified>

/** New recovery codes. They replace all earlier ones. */
export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

/** The tenant's rule for second factors. */
export const SignInRules = z.object({
  require_mfa: RequireMfa.meta({ description: 'The users that must use a second factor: none, owners and admins, or all' }),
})
export type SignInRules = z.infer<typeof SignInRules>
