/** Signing in and out, the tokens of programs, and a user's own sign-ins. */
import { z } from 'zod'
import { Role } from '../identity/role.ts'
import { UnixMs } from './unix-ms.ts'

/** The signed-in user: `GET /v1/me`. */
export const Me = z.object({
  tenant: z.string(),
  subject: z.string(),
  role: Role,
  expires_at: z.int(),
  mfa: z.boolean().meta({ description: 'Whether this sign-in used a second factor' }),
  needs_mfa: z.boolean().meta({
    description: 'The tenant requires a second factor, and this sign-in has none. Only routes to add one are open: see `/v1/me/mfa`.',
  }),
})
export type Me = z.infer<typeof Me>

/** The response to a first factor of a user who has a second one. */
export const MfaChallenge = z.object({
  challenge: z.string().meta({ description: 'A single-use token for `POST /v1/auth/mfa` only' }),
  expires_at: UnixMs,
})
export type MfaChallenge = z.infer<typeof MfaChallenge>

/** Signed out of the app, but not yet of the identity provider. */
export const SignedOut = z.object({
  continue_at: z.url().meta({ description: 'Where the browser ends the sign-in at the identity provider' }),
})
export type SignedOut = z.infer<typeof SignedOut>

/** The ways to sign in: `GET /v1/auth/methods`. */
export const AuthMethods = z.object({
  dev: z.boolean().meta({ description: 'Sign-in without a password; development only' }),
  oidc: z.object({ name: z.string().meta({ description: "The provider's name, for a button" }) }).nullable(),
})
export type AuthMethods = z.infer<typeof AuthMethods>

/** Query of `GET /v1/auth/oidc/start`. */
export const StartOidc = z.object({ to: z.string().max(500).default('/') })
export type StartOidc = z.infer<typeof StartOidc>

/** An access token and the refresh token for the next one. */
export const Tokens = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Lifetime of the access token, in seconds' }),
  refresh_token: z.string(),
})
export type Tokens = z.infer<typeof Tokens>

/** The refresh token to exchange. It is valid once. */
export const RefreshTokens = z.object({ refresh_token: z.string().max(300) })
export type RefreshTokens = z.infer<typeof RefreshTokens>

/** One sign-in of the user. */
export const OwnSignIn = z.object({
  id: z.string(),
  current: z.boolean(),
  method: z.enum(['dev', 'oidc', 'token']).meta({ description: '`token`: tokens for a program' }),
  agent: z.string().meta({ description: 'Browser and operating system; empty: unknown' }),
  mfa: z.boolean(),
  created_at: UnixMs,
  expires_at: UnixMs,
})
export type OwnSignIn = z.infer<typeof OwnSignIn>

/** Query of `GET /v1/me/sign-ins`. */
export const ListSignIns = z.object({
  after: z
    .string()
    .regex(/^\d{1,15}\.[A-Za-z0-9]{1,64}$/)
    .optional()
    .meta({ description: '`next` of the previous page' }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})

/** A page of the user's sign-ins. */
export const OwnSignIns = z.object({
  sign_ins: z.array(OwnSignIn),
  next: z.string().nullable().meta({ description: '`after` of the next page; null: there is none' }),
})
export type OwnSignIns = z.infer<typeof OwnSignIns>

/** Path of one sign-in. */
export const SignInPath = z.object({ sign_in: z.string() })
export type SignInPath = z.infer<typeof SignInPath>
