/** From what a request shows to who acts. The tenant comes from here and nowhere else. */
import { createMiddleware } from 'hono/factory'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { isApiKey, keyPrincipal } from './api-key.ts'
import { cookieToken, hasCsrf } from './cookies.ts'
import { toPrincipal } from './credential-status.ts'
import { reserveAttempt } from './failed-auth-limit.ts'
import { verifyToken } from './tokens.ts'

/** What is open to whoever must show, or set up, a second factor first. */
const leadsToMfa = new Set(['/v1/me', '/v1/me/mfa', '/v1/me/mfa/verify', '/v1/auth/revoke', '/v1/auth/sign-out-everywhere'])

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A bearer token or API key, else the app's cookie. A cookie comes by itself, so what it changes must come from the app's own pages:
 * their origin, and a value that only they can read.
 */
export const authenticate = createMiddleware<Gateway>(async (c, next) => {
  const header = c.req.header('authorization')
  const bearer = /^Bearer (\S+)$/i.exec(header ?? '')?.[1]
  const cookie = header === undefined ? cookieToken(c) : undefined
  const shown = bearer ?? cookie
  if (shown === undefined) return problem(c, { kind: 'unauthenticated' })
  const good = reserveAttempt(c, shown)
  if (typeof good !== 'function') return good
  const principal = bearer ? await bearerPrincipal(c, bearer) : cookie ? await tokenPrincipal(c, cookie, 'cookie') : null
  if (!principal) return problem(c, { kind: 'unauthenticated' })
  good()
  if (cookie && changes(c)) {
    if (!sameOrigin(c)) return problem(c, { kind: 'wrong_origin' })
    if (!(await hasCsrf(c, cookie))) return problem(c, { kind: 'wrong_csrf' })
  }
  if (principal.needsMfa && !leadsToMfa.has(c.req.path)) return problem(c, { kind: 'mfa_required' })
  c.set('principal', principal)
  return next()
})

const bearerPrincipal = (c: GatewayContext, text: string): Promise<Principal | null> =>
  isApiKey(text) ? keyPrincipal(c, text) : tokenPrincipal(c, text, 'token')

/** The principal that `token` stands for now, or null. */
export async function tokenPrincipal(c: GatewayContext, token: string, via: Principal['via']): Promise<Principal | null> {
  const who = await verifyToken(c, token)
  return who && toPrincipal(c, who, via)
}

const changes = (c: GatewayContext): boolean => !safeMethods.has(c.req.method) || c.req.header('upgrade') !== undefined

/** Whether the request says that it comes from a page of this very origin (RFC 6454 §7). No word is no. */
export const sameOrigin = (c: GatewayContext): boolean => c.req.header('origin') === new URL(c.req.url).origin
