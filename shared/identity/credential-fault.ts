/**
 * Why a credential is refused, as the client reads it. Pure. All are `invalid_token` of RFC 6750 §3.1. Claims are checked after the
 * signature. So a sender without a token of that issuer learns nothing from a fault.
 */
import { clockLeewaySeconds, maxTokenUnits } from './token-limits.ts'

const clockAdvice = `Compare the clocks of the issuer and of this server: a difference of ${clockLeewaySeconds} s is tolerated.`

/** Fault → `error_description`: ASCII without quotes and backslashes (RFC 6750 §3). */
export const faultTexts = {
  malformed: 'The credential is neither a signed JSON Web Token nor an API key.',
  size: `The token is larger than ${maxTokenUnits} characters. Issue it with fewer claims, such as groups.`,
  issuer: 'The issuer (iss) of the token is not accepted here. The setting SOMA_TRUSTED_ISSUERS names the accepted ones.',
  algorithm: 'The algorithm (alg) of the token is not accepted from its issuer.',
  signature: 'No current key of the issuer verifies the signature of the token.',
  expired: `The token has expired (exp). ${clockAdvice}`,
  not_yet_valid: `The token is not valid yet (nbf). ${clockAdvice}`,
  audience: 'The audience (aud) of the token is not this service. Request the token for the audience that is configured for its issuer.',
  type: 'The type (typ) of the token is not accepted. Send an access token, not an ID token. The setting typ in SOMA_TRUSTED_ISSUERS names the accepted type.',
  claims: 'A claim of the token is missing or has a wrong form. It needs exp, iat, iss, aud and sub.',
  subject: 'The subject (sub) of the token is not accepted. It must be text of 1 to 1024 characters.',
  tenant: 'The token names no tenant, or one that its issuer may not name.',
  revoked: 'The credential was revoked or its sign-in has ended, its user was removed, or the subject belongs to another issuer.',
  api_key: 'The API key is unknown, expired or revoked.',
  refresh_token: 'The refresh token is unknown, expired or already used.',
} as const satisfies Readonly<Record<string, string>>

/** Why a credential is refused. */
export type CredentialFault = keyof typeof faultTexts

/** The value of `WWW-Authenticate` (RFC 6750 §3). Without a credential it has no error. */
export const challengeFor = (fault: CredentialFault | undefined): string =>
  fault === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${faultTexts[fault]}"`
