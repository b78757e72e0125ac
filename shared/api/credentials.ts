/** Keys of model providers. No response contains a key. */
import { z } from 'zod'
import { CredentialName, CredentialView } from '../settings/settings.ts'

const Secret = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{8,4096}$/, 'must be 8 to 4096 printable ASCII characters without spaces')
const Origin = z.string().trim().max(2_048).meta({
  description:
    "The only origin that receives the key; a full address is cut to its origin. Default: the provider's own, or that of the profiles that use it.",
})

/** The key of a provider: `secret` or `fernet`, and the origin that receives it. */
export const PutCredential = z
  .strictObject({
    secret: Secret.optional(),
    fernet: z
      .string()
      .max(8_192)
      .optional()
      .meta({ description: 'Instead of `secret`: a Fernet token sealed with SA01_CRYPTO_FERNET_KEY' }),
    origin: Origin.optional(),
  })
  .refine(({ secret, fernet }) => (secret === undefined) !== (fernet === undefined), {
    path: ['secret'],
    message: 'must be given, or else `fernet`',
  })
export type PutCredential = z.infer<typeof PutCredential>

/** The same at the original system's address, which names the provider in the body. */
export const PutNamedCredential = z.strictObject({ provider: CredentialName, secret: Secret, origin: Origin.optional() })
export type PutNamedCredential = z.infer<typeof PutNamedCredential>

/** The stored keys, masked. */
export const CredentialList = z.object({ credentials: z.array(CredentialView) })
export type CredentialList = z.infer<typeof CredentialList>

/** A key as a Fernet token. */
export const FernetToken = z.object({ fernet: z.string() })
export type FernetToken = z.infer<typeof FernetToken>

/** The id of the new data key, the number of resealed secrets, and the retired ids. */
export const RotatedDataKey = z.object({ current: z.string(), resealed: z.int(), retired: z.array(z.string()) })
export type RotatedDataKey = z.infer<typeof RotatedDataKey>

/** Path of one key. */
export const CredentialPath = z.object({ provider: CredentialName })
export type CredentialPath = z.infer<typeof CredentialPath>
