/** Maps a request's credential to its principal. No other code determines the tenant. */
import { createMiddleware } from 'hono/factory'
import type { Principal } from '../../../shared/identity/principal.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { publicUrl } from '../http/public-url.ts'
import { isApiKey, keyPrincipal } from './api-key.ts'
import { cookieToken, hasCsrf } from './cookies.ts'
import { toPrincipal } from './credential-status.ts'
import { reserveAttempt } from './failed-auth-limit.ts'
import { refuseCredential } from './refuse-credential.ts'
import { type TokenRefusal, verifyToken } from './tokens.ts'

/** Paths for users who must first verify or set up a second factor. */
const withoutMfa = new Set(['/v1/me', '/v1/me/mfa', '/v1/me/mfa/verify', '/v1/auth/revoke', '/v1/auth/sign-out-everywhere'])

/** Accepts a token or an API key in `x-api-key`, for protocols that send it there. `authorization` comes first. */
export const acceptKeyHeader = createMiddleware<Gateway>(async (c, next) => {
  const key = c.req.header('x-api-key')
  if (key !== undefined) c.set('keyHeader', `Bearer ${key}`)
  await next()
})

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Requires a bearer token, an API key, or else the app's cookie. Browsers send a cookie with every request.
 * A change by cookie therefore needs the app's own origin and its CSRF token.
 */
export const authenticate = createMiddleware<Gateway>(async (c, next) => {
  const header = c.req.header('authorization') ?? c.get('keyHeader')
  const bearer = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
  const cookie = header === undefined ? cookieToken(c) : undefined
  const credential = bearer ?? cookie
  if (credential === undefined) return problem(c, { kind: 'unauthenticated' })
  const returnAttempt = reserveAttempt(c, credential)
  if (typeof returnAttempt !== 'function') return returnAttempt
  const result = bearer === undefined ? await tokenPrincipal(c, credential, 'cookie') : await bearerPrincipal(c, bearer)
  if (!result.ok) return refuseCredential(c, result.error)
  const principal = result.value
  returnAttempt()
  if (cookie && isChange(c)) {
    if (!isSameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
    if (!(await hasCsrf(c, cookie))) return problem(c, { kind: 'wrong_csrf' })
  }
  if (principal.needsMfa && !withoutMfa.has(c.req.path)) return problem(c, { kind: 'mfa_required' })
  c.set('principal', principal)
  return next()
})

async function bearerPrincipal(c: GatewayContext, text: string): Promise<Result<Principal, TokenRefusal>> {
  if (!isApiKey(text)) return tokenPrincipal(c, text, 'token')
  const principal = await keyPrincipal(c, text)
  return principal ? ok(principal) : fail({ fault: 'api_key' })
}

/** The current principal of `token`. */
export async function tokenPrincipal(c: GatewayContext, token: string, via: Principal['via']): Promise<Result<Principal, TokenRefusal>> {
  const result = await verifyToken(c, token)
  if (!result.ok) return result
  const principal = await toPrincipal(c, result.value, via)
  return principal ? ok(principal) : fail({ fault: 'revoked' })
}

/** Whether the request may change something. A WebSocket counts, because browsers open one to any origin. */
const isChange = (c: GatewayContext): boolean => !safeMethods.has(c.req.method) || c.req.header('upgrade') !== undefined

/** Whether the `Origin` header (RFC 6454 §7) names this origin. A missing header does not. */
export const isSameOrigin = (c: GatewayContext): boolean => c.req.header('origin') === publicUrl(c).origin
