/** Signing in and out, the tokens of programs, and a user's own sign-ins. */
import { z } from 'zod'
import { Role } from '../identity/role.ts'
import { UnixMs } from './unix-ms.ts'

/** Who the app is talking as: `GET /v1/me`. */
export const Me = z.object({
  tenant: z.string(),
  subject: z.string(),
  role: Role,
  expires_at: z.int(),
  mfa: z.boolean().meta({ description: 'Whether a second factor was shown' }),
  needs_mfa: z.boolean().meta({ description: 'The tenant demands one, and only what leads to it is open: see `/v1/me/mfa`' }),
})
export type Me = z.infer<typeof Me>

/** Who has shown the first factor is asked for the second. */
export const MfaChallenge = z.object({
  challenge: z.string().meta({ description: 'Good for `POST /v1/auth/mfa`, once, and for nothing else' }),
  expires_at: UnixMs,
})
export type MfaChallenge = z.infer<typeof MfaChallenge>

/** Signed out here, and not yet where one signed in. */
export const SignedOut = z.object({
  continue_at: z.url().meta({ description: 'Where the browser goes to be signed out at the identity provider' }),
})
export type SignedOut = z.infer<typeof SignedOut>

/** How one can sign in: `GET /v1/auth/methods`. */
export const AuthMethods = z.object({
  dev: z.boolean().meta({ description: 'One click, no password: development only' }),
  oidc: z.object({ name: z.string().meta({ description: 'What to call it on a button' }) }).nullable(),
})
export type AuthMethods = z.infer<typeof AuthMethods>

/** Query of `GET /v1/auth/oidc/start`. */
export const StartOidc = z.object({ to: z.string().max(500).default('/') })
export type StartOidc = z.infer<typeof StartOidc>

export const Tokens = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds' }),
  refresh_token: z.string(),
})
export type Tokens = z.infer<typeof Tokens>

export const RefreshTokens = z.object({ refresh_token: z.string().max(300) })
export type RefreshTokens = z.infer<typeof RefreshTokens>

export const OwnSignIn = z.object({
  id: z.string(),
  current: z.boolean(),
  method: z.enum(['dev', 'oidc', 'token']).meta({ description: '`token`: what was given to a program' }),
  agent: z.string().meta({ description: 'The browser and its system, in a few words; empty: unknown' }),
  mfa: z.boolean(),
  created_at: UnixMs,
  expires_at: UnixMs,
})
export type OwnSignIn = z.infer<typeof OwnSignIn>

export const OwnSignIns = z.object({ sign_ins: z.array(OwnSignIn) })
export type OwnSignIns = z.infer<typeof OwnSignIns>

/** Path of one sign-in. */
export const SignInPath = z.object({ sign_in: z.string() })
export type SignInPath = z.infer<typeof SignInPath>
