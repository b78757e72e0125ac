/** The platform's signing keys, for operators. */
import { z } from 'zod'
import { defaultLeadMs } from '../identity/rotation.ts'

/** Isolates keep the key set for ten seconds. */
const minLeadSeconds = 15

/** One signing key, without its private part. Times are Unix ms. */
export const SigningKey = z.object({
  kid: z.string(),
  state: z.enum(['published', 'signing', 'verifying']),
  made_at: z.int(),
  signs_from: z.int(),
  retires_at: z.int().nullable(),
})
export type SigningKey = z.infer<typeof SigningKey>

/** The platform's signing keys. */
export const SigningKeyList = z.object({ keys: z.array(SigningKey) })
export type SigningKeyList = z.infer<typeof SigningKeyList>

/** How long the new key is published before it signs, in seconds. */
export const RotateSigningKey = z.object({
  lead_seconds: z
    .int()
    .min(minLeadSeconds)
    .max(86_400)
    .default(defaultLeadMs / 1_000),
})
export type RotateSigningKey = z.infer<typeof RotateSigningKey>

/** Path of one signing key. */
export const SigningKeyPath = z.object({ kid: z.string().max(100) })
export type SigningKeyPath = z.infer<typeof SigningKeyPath>
