/**
 * The web app's cookies, with CSRF protection (OWASP: signed double submit). One cookie holds the token; no script can read it.
 * The other holds a value derived from the token. Only scripts of this origin can read it and repeat it in a header.
 * A forged request therefore carries the first value, but not the second.
 */
import { getCookie, setCookie } from 'hono/cookie'
import { toBase64Url } from '../../../shared/lib/base64.ts'
import type { GatewayContext } from '../http/context.ts'
import { isHttps } from '../http/public-url.ts'

/** The request header with the CSRF token. */
export const csrfHeader = 'x-csrf-token'
/** Browsers cannot set headers on a WebSocket: there the CSRF token is a second subprotocol. */
const socketProtocol = 'soma'
const csrfProtocol = /(?:^|,)\s*csrf\.([\w-]+)\s*(?:,|$)/

const nameOf = (c: GatewayContext, name: string): string => (isHttps(c) ? `__Host-${name}` : name)

/** The token in the sign-in cookie. Over https, the `__Host-` prefix excludes cookies of other hosts and http pages. */
export const cookieToken = (c: GatewayContext): string | undefined => getCookie(c, nameOf(c, 'soma_token'))

/** The subprotocol of the response. A browser closes a socket if the server accepts none of the offered ones. */
export const acceptedProtocol = (c: GatewayContext): string | undefined =>
  c.req
    .header('sec-websocket-protocol')
    ?.split(',')
    .some((name) => name.trim() === socketProtocol)
    ? socketProtocol
    : undefined

/** A cookie for one path, which no script can read. */
function pathCookie(path: string, name: string) {
  const fullName = (c: GatewayContext): string => (isHttps(c) ? `__Secure-${name}` : name)
  return {
    set: (c: GatewayContext, value: string, maxAge: number): void =>
      setCookie(c, fullName(c), value, { sameSite: 'Strict', path, maxAge, secure: isHttps(c), httpOnly: true }),
    read: (c: GatewayContext): string | undefined => getCookie(c, fullName(c)),
  }
}

/** The only path that receives the challenge cookie. */
export const challengePath = '/v1/auth/mfa'
/** The challenge of a sign-in that still needs its second factor. */
export const { set: setChallenge, read: cookieChallenge } = pathCookie(challengePath, 'soma_challenge')

/** The only path that receives the cookie with the ID token. */
export const signOutPath = '/v1/auth/sign-out'
/** The provider's ID token, as a hint for its sign-out. It is not an access token. */
export const { set: setIdToken, read: cookieIdToken } = pathCookie(signOutPath, 'soma_id')

/** The CSRF token of the sign-in token `token`. */
export async function csrfOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`soma-csrf ${token}`))
  return toBase64Url(new Uint8Array(digest))
}

/** Whether the request carries the CSRF token of `token`. */
export async function hasCsrf(c: GatewayContext, token: string): Promise<boolean> {
  const sent = c.req.header(csrfHeader) ?? csrfProtocol.exec(c.req.header('sec-websocket-protocol') ?? '')?.[1]
  return sent !== undefined && sent === (await csrfOf(token))
}

/** Sets both cookies. An empty token deletes them. */
export async function setCookies(c: GatewayContext, token: string, maxAge: number): Promise<void> {
  const common = { sameSite: 'Strict', path: '/', maxAge, secure: isHttps(c) } as const
  setCookie(c, nameOf(c, 'soma_token'), token, { ...common, httpOnly: true })
  setCookie(c, nameOf(c, 'soma_csrf'), token === '' ? '' : await csrfOf(token), common)
}

/** Sets the CSRF cookie again if the browser lost it. Without it, the page could not sign out. */
export async function restoreCsrf(c: GatewayContext): Promise<void> {
  const token = cookieToken(c) ?? ''
  const csrf = await csrfOf(token)
  if (getCookie(c, nameOf(c, 'soma_csrf')) === csrf) return
  const maxAge = Math.max(0, Math.floor((c.var.principal.expiresAt - Date.now()) / 1_000))
  setCookie(c, nameOf(c, 'soma_csrf'), csrf, { sameSite: 'Strict', path: '/', maxAge, secure: isHttps(c) })
}
